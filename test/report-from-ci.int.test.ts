/**
 * Jobs of another CI that report here: the program as such a job calls it, against a real server
 * that believes an issuer of its own.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type FakeIssuer, startFakeIssuer } from '../src/connectors/oidc/fake.ts'
import { GitRepository } from './support/git-repository.ts'
import { Program } from './support/program.ts'
import { SURROUNDINGS } from './support/surroundings.ts'
import { until } from './support/until.ts'

const PROGRAM = resolve(import.meta.dirname, '..', 'bin', 'signalbox.mjs')
const LOCAL_GITLAB = join(
  dirname(createRequire(import.meta.url).resolve('gitlab-ci-local/package.json')),
  'dist/index.js',
)
const hasRsync = spawnSync('rsync', ['--version']).status === 0

/** Nothing is deployed here, so nobody listens on these ports. */
const manifests = (repository: string) => `
apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: prod }
spec: { kind: production, ports: { from: 22480, to: 22489 } }
---
apiVersion: signalbox.dev/v1
kind: Service
metadata: { name: shop, owner: team-web, tier: 2, description: Sells }
spec:
  source: { repository: ${repository} }
  path: [prod]
  deploy: { run: { argv: [node, server.mjs], health: / }, replicas: 1, strategy: rolling }
`
/** Labels that no runner has: of our own nobody executes it. */
const PIPELINE = `
apiVersion: signalbox.dev/v1
kind: Pipeline
spec:
  jobs:
    test: { run: npm test, labels: [elsewhere], check: tests, reports: { junit: junit.xml } }
    image: { needs: [test], run: make image, labels: [elsewhere] }
`
const JUNIT = `<testsuite name="s"><testcase classname="shop" name="sells"/>
<testcase classname="shop" name="pays"><failure message="no">no</failure></testcase></testsuite>`
const PASSED = JUNIT.replace(/<failure.*<\/failure>/, '')
const AUDIENCE = 'https://signalbox.example'
const DIGEST = `sha256:${'d'.repeat(64)}`
const ELSEWHERE = `shop=${DIGEST}@oci://registry.example/shop`

interface Run {
  readonly id: string
  readonly outcome: string
  readonly sha: string
  readonly origin: { readonly issuer: string | null; readonly attempt: number } | null
}

describe('jobs of another CI', { concurrency: 1, timeout: 180_000 }, () => {
  const program = new Program()
  const repository = new GitRepository(join(program.root, 'git'))
  const workspace = join(program.root, 'workspace')
  let issuer: FakeIssuer
  let sha = ''
  /** Of the job that made the image. */
  let third = ''

  const tokenOf = (job: string, more: object = {}) => {
    const now = Math.floor(Date.now() / 1000)
    return issuer.sign({
      claims: {
        project_path: 'acme/shop',
        ref: 'main',
        ref_type: 'branch',
        sha,
        pipeline_id: '5',
        job_id: job,
        jti: `jti-${job}`,
        aud: AUDIENCE,
        iat: now,
        exp: now + 300,
        ...more,
      },
    })
  }
  const report = (token: string, ...argv: string[]) =>
    program.cli(
      'nobody',
      ['ci', 'report', '--audience', AUDIENCE, ...argv, '-o', 'json'],
      undefined,
      { env: { GITLAB_CI: 'true', SIGNALBOX_ID_TOKEN: token }, cwd: workspace },
    )
  const runs = async () =>
    ((await program.ask('/runs?service=shop')) as Run[]).filter(({ origin }) => origin !== null)

  before(async () => {
    issuer = await startFakeIssuer()
    mkdirSync(workspace)
    sha = repository.commit('feat: sell', { 'signalbox.yaml': PIPELINE, 'server.mjs': '' })
    repository.push()
    const lab = { kind: 'gitlab', issuer: issuer.url, audience: AUDIENCE }
    const file = join(program.root, 'issuers.yaml')
    // JSON is YAML.
    writeFileSync(
      file,
      JSON.stringify({ lab: { ...lab, repositories: { 'acme/shop': repository.bare } } }),
    )
    await program.start({ SIGNALBOX_CI_ISSUERS: file })
    const manifest = join(program.root, 'manifest.yaml')
    writeFileSync(manifest, manifests(repository.bare))
    const applied = await program.cli('admin', ['apply', '-f', manifest])
    assert.equal(applied.exit, 0, applied.err)
  })
  after(async () => {
    await program.dispose()
    await issuer.stop()
  })

  it('a job that failed is told, with its tests, and its run has failed', async () => {
    writeFileSync(join(workspace, 'junit.xml'), JUNIT)
    const told = ['--job', 'test', '--outcome', 'failed', '--junit', 'junit.xml']
    const { exit, out, err } = await report(await tokenOf('1'), ...told)
    assert.equal(exit, 0, err)
    const answer = JSON.parse(out)
    assert.partialDeepStrictEqual(answer, { attempt: 1, outcome: 'failed' })
    const run = await program.ask(`/runs/${answer.run}`)
    assert.partialDeepStrictEqual(run, {
      service: 'shop',
      sha,
      branch: 'main',
      outcome: 'failed',
      origin: { system: 'gitlab', issuer: 'lab', run: '5', attempt: 1 },
      jobs: [
        { name: 'test', outcome: 'failed', reason: 'tests', tests: { passed: 1, failed: 1 } },
        { name: 'image', outcome: 'skipped' },
      ],
    })
  })

  it('tried again there it is another attempt here, and the case is in doubt', async () => {
    writeFileSync(join(workspace, 'junit.xml'), PASSED)
    const told = ['--job', 'test', '--outcome', 'success', '--junit', 'junit.xml']
    const tested = await report(await tokenOf('2'), ...told)
    assert.equal(tested.exit, 0, tested.err)
    const made = ['--job', 'image', '--outcome', 'success', '--artifact', ELSEWHERE]
    third = await tokenOf('3')
    const { exit, out, err } = await report(third, ...made)
    assert.equal(exit, 0, err)
    assert.partialDeepStrictEqual(JSON.parse(out), { attempt: 2, outcome: 'succeeded' })
    assert.deepEqual(
      (await runs()).map(({ outcome, origin }) => [origin?.attempt, outcome]),
      [
        [2, 'succeeded'],
        [1, 'failed'],
      ],
    )
    await until('the case is in doubt', async () => {
      const board = (await program.ask('/flaky?service=shop')) as { cases?: unknown[] } | unknown[]
      return JSON.stringify(board).includes('pays')
    })
  })

  it('what it made is known by its digest, with provenance that we signed', async () => {
    const attestations = () => program.ask(`/artifacts/${DIGEST}/attestations`)
    await until('there is provenance', async () => {
      const { origin } = Object(await attestations())
      return Boolean(origin)
    })
    assert.partialDeepStrictEqual(await program.ask(`/artifacts/${DIGEST}`), {
      service: 'shop',
      sha,
      complete: false,
      elsewhere: { name: 'shop', uri: 'oci://registry.example/shop' },
    })
    assert.partialDeepStrictEqual(await attestations(), {
      judgement: { ok: true },
      attestations: [{ kind: 'provenance', isTrusted: true }],
      origin: { builder: `${issuer.url}/-/runners/unknown`, sha },
    })
  })

  it('the same report again changes nothing', async () => {
    const before = await runs()
    const told = ['--job', 'image', '--outcome', 'success', '--artifact', ELSEWHERE]
    const again = await report(third, ...told)
    assert.equal(again.exit, 0, again.err)
    assert.deepEqual(await runs(), before)
  })

  it('a token that somebody else used is refused, and by whom it was used is not', async () => {
    const token = await tokenOf('4')
    const hash = (secret: string) => createHash('sha256').update(secret).digest('hex')
    const exchange = async (secret: string) => {
      const answer = await fetch(`${program.url}/api/v1/ci/exchange`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, hash: hash(secret) }),
      })
      return { status: answer.status, body: Object(await answer.json()) as { code?: string } }
    }
    assert.equal((await exchange('ours')).status, 201)
    assert.equal((await exchange('ours')).status, 201)
    const stolen = await exchange('theirs')
    assert.equal(stolen.status, 409)
    assert.equal(stolen.body.code, 'exchange.replayed')
  })

  it('a secret that reports does nothing else, and no other token reports', async () => {
    const token = await tokenOf('5')
    const secret = 'a secret'
    const hash = createHash('sha256').update(secret).digest('hex')
    const ask = (path: string, bearer: string, body?: object) =>
      fetch(`${program.url}/api/v1${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    await ask('/ci/exchange', '', { token, hash })
    for (const path of ['/me', '/runs', '/services', '/runner/blobs/x'])
      assert.equal((await ask(path, secret)).status, 401, path)
    const job = { job: 'test', outcome: 'succeeded' }
    const other = await ask('/ci/jobs', secret, { ...job, service: 'bank' })
    assert.partialDeepStrictEqual(await other.json(), { code: 'report.other-service' })
    const elsewhere = await ask('/ci/jobs', secret, { ...job, said: { sha: 'b'.repeat(40) } })
    assert.partialDeepStrictEqual(await elsewhere.json(), { code: 'report.other-commit' })
    assert.equal((await ask('/ci/jobs', 'sbx_made-up', job)).status, 401)
  })

  it('bad tokens are refused with code, reason and remedy', async () => {
    const told = ['--job', 'test', '--outcome', 'success']
    const wrong: readonly (readonly [code: string, token: string])[] = [
      ['exchange.expired', await tokenOf('6', { exp: 1_000 })],
      ['exchange.other-audience', await tokenOf('7', { aud: 'https://elsewhere.example' })],
      ['exchange.no-service', await tokenOf('8', { project_path: 'evil/shop' })],
      ['exchange.other-ref', await tokenOf('9', { ref: 'side' })],
      ['exchange.unknown-issuer', await tokenOf('10', { iss: 'https://evil.example' })],
      ['exchange.bad-signature', await issuer.forge({ claims: { aud: AUDIENCE } })],
    ]
    for (const [code, token] of wrong) {
      const { exit, err } = await report(token, ...told)
      assert.equal(exit, 1, code)
      assert.match(err, new RegExp(`^${code.replace('.', '\\.')} .+\n.+`), code)
    }
  })

  it(
    'a generated file reports by itself, and a job that failed is as it was',
    { skip: hasRsync ? false : 'gitlab-ci-local needs rsync' },
    async () => {
      const bin = join(program.root, 'bin')
      mkdirSync(bin)
      const calls = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`
      writeFileSync(join(bin, 'signalbox'), calls, { mode: 0o755 })
      const { work } = repository
      const service = manifests(repository.bare).split('---').at(-1) ?? ''
      // Its report is written by what needs no tools, and its last job fails.
      const pipeline = PIPELINE.replace(
        'npm test',
        `printf '%s' '${PASSED.replaceAll('\n', '')}' > junit.xml`,
      )
      writeFileSync(
        join(work, 'signalbox.yaml'),
        `${pipeline.replace('make image', 'exit 3')}\n---${service}`.replaceAll(
          ', labels: [elsewhere]',
          '',
        ),
      )
      const url = ['--report', program.url]
      const made = await program.cli(
        'nobody',
        ['ci', 'generate', '--for', 'gitlab', ...url],
        undefined,
        {
          cwd: work,
        },
      )
      assert.equal(made.exit, 0, made.err)
      sha = repository.commit('ci: report', { '.gitignore': '.signalbox/out\n.gitlab-ci-local\n' })
      repository.push()
      const words = [LOCAL_GITLAB, '--no-color']
      const token = await tokenOf('20', { pipeline_id: '20', aud: AUDIENCE })
      const there = spawnSync(
        process.execPath,
        [...words, '--variable', `SIGNALBOX_ID_TOKEN=${token}`],
        {
          cwd: work,
          encoding: 'utf8',
          timeout: 120_000,
          env: { ...SURROUNDINGS, PATH: `${bin}:${SURROUNDINGS.PATH}`, HOME: program.root },
        },
      )
      const [latest] = (await runs()).filter((run) => run.sha === sha)
      assert.ok(latest !== undefined, there.stdout + there.stderr)
      assert.partialDeepStrictEqual(await program.ask(`/runs/${latest.id}`), {
        outcome: 'failed',
        origin: { issuer: 'lab', run: '20' },
        jobs: [
          { name: 'test', outcome: 'succeeded', tests: { passed: 2, failed: 0 } },
          { name: 'image', outcome: 'failed', reason: 'script' },
        ],
      })
    },
  )

  it('where nobody signs, a token of an account reports on its one service', async () => {
    const added = ['actor', 'add', 'jenkins', '--kind', 'service-account', '--role', 'developer']
    assert.equal((await program.cli('admin', added)).exit, 0)
    const asked = ['actor', 'token', 'jenkins', '--use', 'report', '--service', 'shop']
    const issued = await program.cli('admin', asked)
    assert.equal(issued.exit, 0, issued.err)
    const secret = issued.out.trim()
    const env = {
      JENKINS_URL: 'http://jenkins.example',
      JOB_NAME: 'shop',
      BUILD_NUMBER: '3',
      GIT_COMMIT: sha,
      SIGNALBOX_REPORT_TOKEN: secret,
    }
    const argv = ['ci', 'report', '--job', 'test', '--outcome', '0', '-o', 'json']
    const call = (words: readonly string[], more = {}) =>
      program.cli('nobody', words, undefined, { env: { ...env, ...more }, cwd: workspace })
    const named = await call([...argv, '--service', 'shop'])
    assert.equal(named.exit, 0, named.err)
    const run = await program.ask(`/runs/${JSON.parse(named.out).run}`)
    assert.partialDeepStrictEqual(run, {
      origin: { issuer: null, system: 'jenkins', run: 'shop/3' },
    })
    const strange = await call(argv, { GIT_COMMIT: 'c'.repeat(40) })
    assert.equal(strange.exit, 1)
    assert.match(strange.err, /^(git\.unknown-commit|run\.not-on-branch)/)
    const none = await call(argv, { SIGNALBOX_REPORT_TOKEN: '' })
    assert.match(none.err, /^report\.no-token/)
    assert.equal(none.exit, 1)
  })
})
