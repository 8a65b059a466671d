/**
 * Evidence while the server is down: the program as another CI uses it, against a real server that
 * is killed and started again.
 */
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { GitRepository } from './support/git-repository.ts'
import { Program } from './support/program.ts'
import { until } from './support/until.ts'

/** Nothing is deployed here, so nobody listens on these ports. */
const manifests = (repository: string) => `
apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: prod }
spec: { kind: production, ports: { from: 24100, to: 24109 } }
---
apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: vault }
spec: { kind: production, ports: { from: 24110, to: 24119 } }
---
apiVersion: signalbox.dev/v1
kind: Service
metadata: { name: shop, owner: team-web, tier: 2, description: Sells }
spec:
  source: { repository: ${repository} }
  path: [prod]
  deploy: { run: { argv: [node, server.mjs], health: / }, replicas: 1, strategy: rolling }
---
apiVersion: signalbox.dev/v1
kind: Service
metadata: { name: bank, owner: team-web, tier: 1, description: Pays }
spec:
  source: { repository: ${repository} }
  path: [prod]
  deploy: { run: { argv: [node, server.mjs], health: / }, replicas: 1, strategy: rolling }
`
const PIPELINE = `
apiVersion: signalbox.dev/v1
kind: Pipeline
spec: { jobs: { package: { uses: package, with: { include: ['*.mjs'] } } } }
`

describe('while no server answers', { concurrency: 1, timeout: 180_000 }, () => {
  const program = new Program()
  const { root } = program
  const repository = new GitRepository(join(root, 'git'))
  let sha = ''
  const start = () => program.start()
  const stop = () => program.kill()
  const cli = program.cli.bind(program)
  const json = program.json.bind(program)
  const check = (name: string, outcome: string) => [
    'record',
    'check',
    name,
    '--service',
    'shop',
    '--commit',
    sha,
    '--outcome',
    outcome,
  ]

  before(async () => {
    sha = repository.commit('feat: a shop', {
      'server.mjs':
        "import http from 'node:http'\nhttp.createServer((q, r) => r.end()).listen(process.env.PORT)\n",
      'signalbox.yaml': PIPELINE,
    })
    repository.git('push', '--quiet', repository.bare, 'main')
    await start()
    const file = join(root, 'all.yaml')
    writeFileSync(file, manifests(repository.bare))
    assert.equal((await cli('admin', ['apply', '-f', file])).exit, 0)
    await cli('admin', ['actor', 'add', 'ci', '--kind', 'service-account', '--role', 'developer'])
    await cli('admin', ['actor', 'add', 'ana', '--role', 'approver'])
    for (const who of ['ci', 'ana'])
      program.tokens[who] = (await cli('admin', ['actor', 'token', who])).out.trim()
    await cli('admin', ['push', repository.bare])
    await until(
      'both services have a release',
      async () => (await json('admin', 'get', 'releases')).length === 2,
      60_000,
    )
  })
  after(() => program.dispose())

  it('nothing is recorded by a machine that the server never met', async () => {
    await stop()
    const { exit, err } = await cli('ci', check('tests', 'succeeded'), join(root, 'stranger'))
    assert.equal(exit, 4)
    assert.match(err, /not recorded .*\n.*recorder register/)
    assert.equal((await cli('ci', ['gate', 'shop', '--to', 'prod'])).exit, 4)
    await start()
  })

  it('a gate and a recorder meet it while it is there', async () => {
    for (const service of ['shop', 'bank'])
      assert.notEqual((await cli('ci', ['gate', service, '--to', 'prod'])).exit, 4)
    assert.equal((await cli('ci', check('secret-scan', 'succeeded'))).exit, 0)
    assert.deepEqual(
      (await json('ana', 'record', 'list')).map((row: { check: string }) => row.check),
      ['secret-scan'],
    )
  })

  it('records wait, and gates answer by the tier as it was last known', async () => {
    await stop()
    const kept = await cli('ci', [...check('tests', 'failed'), '--failed', '2'])
    assert.deepEqual([kept.exit, /spooled/.test(kept.err)], [0, true])
    const open = await cli('ci', ['gate', 'shop', '--to', 'prod'])
    assert.deepEqual([open.exit, /GATE OPEN WITHOUT AN ANSWER/.test(open.err)], [0, true])
    for (const [service, to] of [
      ['bank', 'prod'], // Tier 1: closed.
      ['shop', 'vault'], // Never asked: not known, and closed.
    ] as const) {
      const closed = await cli('ci', ['gate', service, '--to', to])
      assert.deepEqual([closed.exit, /gate closed/.test(closed.err)], [4, true])
    }
    assert.equal((await cli('ci', ['explain', 'shop', '--to', 'prod'])).exit, 4)
    const waiting = await json('ci', 'spool', 'list')
    assert.deepEqual(
      waiting.map(({ what }: { what: { kind: string } }) => what.kind),
      ['check', 'unanswered'],
    )
    assert.equal((await cli('ci', ['spool', 'upload'])).exit, 4)
  })

  it('the next call that reaches it brings everything, once', async () => {
    cpSync(join(root, 'spool-ci'), join(root, 'copied'), { recursive: true })
    await start()
    const { err } = await cli('ci', ['status', 'shop'])
    assert.match(err, /2 records were uploaded/)
    assert.deepEqual(await json('ci', 'spool', 'list'), [])
    // What was sent and not noted, as by a program killed in between, is sent again.
    const again = await cli('ci', ['spool', 'upload'], join(root, 'copied'))
    assert.deepEqual([again.exit, again.out], [0, '2 uploaded, 0 left.\n'])
    const rows = await json('ana', 'record', 'list')
    assert.equal(rows.length, 3)
    assert.ok(
      rows.every(
        (row: { recordedAt: number; receivedAt: number }) => row.recordedAt <= row.receivedAt,
      ),
    )
    const { out } = await cli('ana', ['explain', 'shop', '--to', 'prod'])
    assert.match(out, /✕ tests: .*tests \(recorded by ci\).*failed/)
  })

  it('a second history of one key is refused, and stays with its reason', async () => {
    const copied = join(root, 'copied')
    assert.equal((await cli('ci', check('tests', 'succeeded'))).exit, 0)
    const other = await cli('ci', check('tests', 'failed'), copied)
    assert.deepEqual([other.exit, /record\.forked/.test(other.err)], [1, true])
    const [row] = JSON.parse((await cli('ci', ['spool', 'list', '-o', 'json'], copied)).out)
    assert.equal(row.refused.code, 'record.forked')
  })

  it('what was changed on the disk is refused', async () => {
    await stop()
    await cli('ci', check('dependency-scan', 'failed'))
    const folder = join(root, 'spool-ci', readdirSync(join(root, 'spool-ci'))[0] ?? '', 'records')
    const last = readdirSync(folder).findLast((name) => name.endsWith('.json')) ?? ''
    const envelope = JSON.parse(readFileSync(join(folder, last), 'utf8'))
    const payload = Buffer.from(envelope.payload, 'base64')
      .toString()
      .replace('failed', 'succeeded')
    envelope.payload = Buffer.from(payload).toString('base64')
    writeFileSync(join(folder, last), JSON.stringify(envelope))
    assert.equal((await cli('ci', ['spool', 'verify'])).exit, 1)
    await start()
    assert.equal((await cli('ci', ['spool', 'upload'])).exit, 1)
    const [row] = await json('ci', 'spool', 'list')
    assert.equal(row.refused.code, 'record.not-signed')
  })

  it('a person’s word is refused, and rights are asked when it arrives', async () => {
    const { exit, err } = await cli('ana', check('tests', 'succeeded'))
    assert.deepEqual([exit, /access\.denied/.test(err)], [1, true])
    const admin = await cli('admin', check('tests', 'succeeded'))
    assert.match(admin.err, /record\.by-a-person/)
  })

  it('what went ahead is told until somebody else looked back at it', async () => {
    const [row] = await json('ana', 'record', 'list', '--unanswered')
    assert.match((await cli('ana', ['status'])).out, /not reviewed.*shop went to prod/)
    const late = await cli('ana', ['record', 'show', row.record])
    assert.match(late.out, /tests +(failed|passed)/)
    assert.equal((await cli('ana', ['record', 'review', row.record, '--note', 'fine'])).exit, 0)
    assert.deepEqual(await json('ana', 'record', 'list', '--unanswered'), [])
    assert.doesNotMatch((await cli('ana', ['status'])).out, /not reviewed/)
  })
})
