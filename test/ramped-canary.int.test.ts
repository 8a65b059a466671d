/**
 * A canary that goes as far as its risk allows, on real processes behind a real router, by a real
 * server that is killed on the way.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { GitRepository } from './support/git-repository.ts'
import { hasHaproxy, publicPort } from './support/process-host.ts'
import { Program } from './support/program.ts'
import { until } from './support/until.ts'

const MINUTE = 60_000
const skip = (await hasHaproxy()) ? false : 'haproxy is not installed'

const service = (name: string, badShare: number) => `
import http from 'node:http'
http
  .createServer((request, response) => {
    const isBad = request.url !== '/health' && Math.random() < ${badShare}
    response.writeHead(isBad ? 500 : 200).end('${name}')
  })
  .listen(process.env.PORT, process.env.HOST)
process.on('SIGTERM', () => process.exit(0))
`
const PIPELINE = `
apiVersion: signalbox.dev/v1
kind: Pipeline
spec: { jobs: { package: { uses: package, with: { include: ['*.mjs'] } } } }
`
const manifests = (repository: string, port: number) => `
apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: prod }
spec: { kind: production, ports: { from: ${port}, to: ${port} } }
---
apiVersion: signalbox.dev/v1
kind: Policy
metadata: { name: default }
spec:
  rows:
    3/production:
      checks: []
      strategy: canary
      bake: 1s
      analysis:
        tick: 1s
        delta: 0.02
        requestsMin: 20
        ramp:
          { budget: 60, cap: 30%, capBake: 2s, halfBake: 1s, patience: 2m, unproven: go-on }
---
apiVersion: signalbox.dev/v1
kind: Service
metadata: { name: shop, owner: team-web, tier: 3, description: Sells }
spec:
  source: { repository: ${repository} }
  path: [prod]
  deploy: { run: { argv: [node, server.mjs], health: /health }, replicas: 1 }
`

interface Row {
  readonly id: string
  readonly version: string
  readonly status: string
  readonly outcome: string | null
  readonly weight: number
  readonly reason: string | null
}
interface Detail extends Row {
  readonly weights: readonly { readonly step: number; readonly weight: number }[]
  readonly ticks: readonly { readonly verdict: { readonly verdict: string } }[]
}

describe('a ramped canary', { concurrency: 1, skip, timeout: 6 * MINUTE }, () => {
  const program = new Program()
  const repository = new GitRepository(join(program.root, 'git'))
  let port = 0
  let isOver = false
  /** Requests that got no answer at all. */
  let lost = 0
  const users: Promise<void>[] = []

  const latest = async (): Promise<Row | undefined> =>
    ((await program.ask('/deployments?service=shop&limit=1')) as Row[])[0]
  const push = async (name: string, badShare: number) => {
    const before = await latest()
    repository.commit(`feat: ${name}`, {
      'server.mjs': service(name, badShare),
      'signalbox.yaml': PIPELINE,
    })
    repository.git('push', '--quiet', repository.bare, 'main')
    await program.cli('admin', ['push', repository.bare])
    return until(
      `${name} is under way`,
      async () => {
        const row = await latest()
        return row !== undefined && row.id !== before?.id && row
      },
      MINUTE,
    )
  }
  const detail = async (id: string) => (await program.ask(`/deployments/${id}`)) as Detail
  const ended = (id: string) =>
    until(
      'it has ended',
      async () => {
        const row = await detail(id)
        return row.status === 'finished' && row
      },
      3 * MINUTE,
    )
  const user = async () => {
    while (!isOver) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
      if (answer === undefined) lost++
      else await answer.text()
    }
  }

  before(async () => {
    port = await publicPort()
    await program.start()
    const file = join(program.root, 'all.yaml')
    writeFileSync(file, manifests(repository.bare, port))
    const applied = await program.cli('admin', ['apply', '--yes', '-f', file])
    assert.equal(applied.exit, 0, applied.err)
    const { id } = await push('first', 0)
    assert.equal((await ended(id)).outcome, 'succeeded')
    for (let i = 0; i < 4; i++) users.push(user())
  })
  after(async () => {
    isOver = true
    await Promise.all(users)
    await program.dispose()
  })

  it('climbs by what it has shown, also when its server dies on the way', async () => {
    const { id } = await push('as good', 0)
    const onTheWay = await until(
      'it climbs',
      async () => {
        const row = await detail(id)
        return row.weights.filter(({ weight }) => weight > 0).length >= 2 && row
      },
      MINUTE,
    )
    assert.equal(onTheWay.status, 'running')
    await program.kill()
    lost = 0
    await program.start()
    const done = await ended(id)
    assert.equal(done.outcome, 'succeeded', done.reason ?? '')
    const weights = done.weights.map(({ weight }) => weight).filter((weight) => weight > 0)
    assert.deepEqual(
      weights,
      weights.toSorted((a, b) => a - b),
    )
    // Below its cap it went in steps that no plan names, and what it had reached was kept.
    assert.ok(weights.filter((weight) => weight < 30).length >= 2, weights.join())
    assert.deepEqual(weights.slice(-1), [100])
    assert.deepEqual(
      weights.slice(0, onTheWay.weights.length),
      onTheWay.weights.map(({ weight }) => weight),
    )
    assert.equal(lost, 0)
  })

  it('is braked and taken back when it turns out bad, and the router follows', async () => {
    const { id } = await push('not as good', 0.3)
    const done = await ended(id)
    assert.equal(done.outcome, 'rolledBack', done.reason ?? '')
    const verdicts = done.ticks.map(({ verdict }) => verdict.verdict)
    const braked = verdicts.indexOf('brake')
    assert.ok(braked >= 0 && braked < verdicts.indexOf('rollback'), verdicts.join())
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => (await fetch(`http://127.0.0.1:${port}/`)).text()),
    )
    assert.deepEqual([...new Set(answers)], ['as good'])
    assert.equal(lost, 0)
  })
})
