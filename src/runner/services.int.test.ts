import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pino } from 'pino'
import { makeFakeServer } from '../../test/support/fake-server.ts'
import { isAlive, startBench, startRunnerProcess } from '../../test/support/runner.ts'
import { runRunner } from './runner.ts'

const ECHO = `const net = require('node:net'); const { env } = process
  process.stdout.write('pid ' + process.pid + '\\n')
  net.createServer((s) => s.end(env.GREETING)).listen(env.PORT, '127.0.0.1')`
const source = { 'echo.cjs': ECHO }
const db = (about: object = {}) => ({
  run: 'exec node echo.cjs',
  env: { GREETING: 'hello' },
  ports: [5432],
  ready: { tcp: 5432, withinMs: 20_000 },
  ...about,
})
const ASK = `node -e '
  const { MY_DB_PORT, MY_DB_HOST } = process["env"]
  require("node:net").connect(MY_DB_PORT, MY_DB_HOST).pipe(process.stdout)'`
const pidIn = (log: string) => Number(/my-db \| pid (\d+)/.exec(log)?.[1])

test('a service is up before the job, reached by its variables, and gone after it', async (t) => {
  const { work } = await startBench(t)
  const end = await work({
    job: { run: `${ASK}; echo; env | grep MY_DB; exit 7`, services: { 'my-db': db() } },
    source,
  })
  assert.equal(end.reason, 'script')
  assert.match(end.log, /service my-db runs after \d+ ms, 5432 at 127\.0\.0\.1:\d+\n/)
  assert.match(end.log, /\nhello\n/)
  assert.match(end.log, /\nMY_DB_PORT_5432=\d+\n/)
  // Failed, the job shows what its services said; the process that said it is gone.
  assert.ok(!isAlive(pidIn(end.log)))
})

test('jobs side by side have their services on ports of their own', async (t) => {
  const { work } = await startBench(t)
  const job = { run: `${ASK}; echo; echo port $MY_DB_PORT`, services: { 'my-db': db() } }
  const ends = await Promise.all([work({ job, source }), work({ job, source })])
  const ports = ends.map((end) => /\nport (\d+)/.exec(end.log)?.[1])
  assert.notEqual(ports[0], ports[1])
  for (const end of ends) assert.equal(end.outcome, 'succeeded', end.log)
})

test('a service is asked by HTTP, or by a command, whether it is ready', async (t) => {
  const { work } = await startBench(t)
  const web = `const { env } = process; const http = require('node:http'); let asked = 0
    http.createServer((_, r) => { r.statusCode = ++asked < 3 ? 503 : 200; r.end(String(asked)) })
      .listen(env.PORT, '127.0.0.1')`
  const services = {
    web: {
      run: 'exec node web.cjs',
      env: {},
      ports: [8080],
      ready: { http: ':8080/healthz', withinMs: 20_000 },
    },
    file: {
      run: ': > made; sleep 300',
      env: {},
      ports: [],
      ready: { cmd: 'test -e made', withinMs: 20_000 },
    },
  }
  const end = await work({
    job: { run: 'ls made; curl -s $WEB_HOST:$WEB_PORT || true', services },
    source: { 'web.cjs': web },
  })
  assert.equal(end.outcome, 'succeeded', end.log)
})

test('a service that ends, or is never ready, fails the job before it runs', async (t) => {
  const { work } = await startBench(t)
  const ended = await work({
    job: { run: 'echo ran', services: { 'my-db': db({ run: 'echo broken; exit 3' }) } },
  })
  assert.deepEqual([ended.outcome, ended.reason], ['failed', 'infra.setup'])
  assert.match(ended.log, /my-db \| broken\n.*ended before it was ready.*exit code was 3/)
  const silent = db({ run: 'echo pid $$; exec sleep 300', ready: { tcp: 5432, withinMs: 300 } })
  const late = await work({ job: { run: 'echo ran', services: { 'my-db': silent } } })
  assert.match(late.log, /my-db was not ready in time/)
  assert.ok(!isAlive(pidIn(late.log)))
  assert.ok(!`${ended.log}${late.log}`.includes('\nran\n'))
})

test('a service dies with its job, though its own runner was killed before', async (t) => {
  const server = await makeFakeServer()
  const root = mkdtempSync(join(tmpdir(), 'signalbox-services-'))
  const dir = join(root, 'runner')
  const first = startRunnerProcess(t, server, dir)
  const offered = server.offer({
    job: { run: `${ASK}; echo up; sleep 300`, services: { 'my-db': db() } },
    source,
  })
  await offered.logHas('\nhelloup\n')
  await first.kill()
  offered.cancel()
  const stop = new AbortController()
  const options = {
    url: server.url,
    token: server.token,
    name: 'next',
    dir,
    sandbox: 'off',
  } as const
  const quick = { beatMs: 50, slots: 1, log: pino({ level: 'silent' }), signal: stop.signal }
  const running = runRunner({ ...options, ...quick })
  t.after(async () => {
    stop.abort()
    await running
    await server.stop()
    rmSync(root, { recursive: true, force: true })
  })
  assert.equal((await offered.finished).outcome, 'cancelled')
  const port = Number(/5432 at 127.0.0.1:(\d+)/.exec(offered.log().toString())?.[1])
  await assert.rejects(fetch(`http://127.0.0.1:${port}`), /fetch failed/)
})

test('a job without a network has no services', async (t) => {
  const { work } = await startBench(t, { sandbox: 'auto' })
  const end = await work({ job: { run: 'true', network: 'none', services: { 'my-db': db() } } })
  assert.equal(end.outcome, 'failed')
})
