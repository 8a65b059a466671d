import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { IMAGE, SERVICE_IMAGE, startDockerd } from '../../../../test/support/dockerd.ts'
import { startBench } from '../../../../test/support/runner.ts'
import { makeEngine } from './engine.ts'

const dockerd = await startDockerd()
const skip = dockerd === undefined && 'NO DOCKER HERE: services of images were not tried'
const engine = makeEngine(dockerd?.socket ?? '')
after(() => dockerd?.stop())

const db = (about: object = {}) => ({
  image: SERVICE_IMAGE,
  env: { GREETING: 'hello' },
  ports: [5432],
  ready: { tcp: 5432, withinMs: 20_000 },
  ...about,
})
/** By the name of the service, which containers of one job know. */
const ASK = `perl -e '
  open(H, "/etc/hosts"); print grep { /my-db/ } <H>;
  socket(S, 2, 1, 6); connect(S, pack("Sna4x8", 2, $ENV{MY_DB_PORT}, "\\x7f\\0\\0\\1")); print <S>'`
const inside = { image: IMAGE, network: 'none' } as const

test(
  'a service of an image is beside a job of one: one network, ready, reaped',
  { skip },
  async (t) => {
    const { work } = await startBench(t, { docker: dockerd?.socket })
    const job = { ...inside, run: `${ASK}; env | grep MY_DB`, services: { 'my-db': db() } }
    const end = await work({ job })
    assert.equal(end.outcome, 'succeeded', end.log)
    assert.match(end.log, /service my-db runs after \d+ ms, 5432 at 127\.0\.0\.1:5432\n/)
    assert.match(end.log, /\n127\.0\.0\.1\s+my-db\nhello\n/)
    assert.match(end.log, /\nMY_DB_HOST=127\.0\.0\.1\n/)
    assert.deepEqual(await engine.named('signalbox.runner', 'signalbox.job'), [])
  },
)

test('when the job fails, its log shows what its services printed', { skip }, async (t) => {
  const { work } = await startBench(t, { docker: dockerd?.socket })
  const end = await work({ job: { ...inside, run: 'exit 7', services: { 'my-db': db() } } })
  assert.equal(end.reason, 'script')
  assert.match(end.log, /\nsignalbox: my-db \| serving hello\n/)
  assert.deepEqual(await engine.named('signalbox.runner', 'signalbox.job'), [])
})

test('several services share the network, each asked in its way', { skip }, async (t) => {
  const { work } = await startBench(t, { docker: dockerd?.socket })
  const own = {
    run: 'touch /tmp/up; sleep 300',
    ports: [],
    ready: { cmd: 'test -e /tmp/up', withinMs: 20_000 },
  }
  const services = { 'my-db': db(), other: { env: {}, ...own } }
  const end = await work({ job: { ...inside, run: ASK, services } })
  assert.equal(end.outcome, 'succeeded', end.log)
})

test('one that ends, or is never ready, fails the job before it runs', { skip }, async (t) => {
  const { work } = await startBench(t, { docker: dockerd?.socket })
  const silent = db({ ready: { tcp: 9, withinMs: 300 } })
  const late = await work({ job: { ...inside, run: 'echo ran', services: { 'my-db': silent } } })
  assert.deepEqual([late.outcome, late.reason], ['failed', 'infra.setup'])
  assert.match(late.log, /my-db was not ready in time/)
  const broken = {
    run: 'echo broken; exit 3',
    env: {},
    ports: [],
    ready: { tcp: 9, withinMs: 9_000 },
  }
  const ended = await work({ job: { ...inside, run: 'echo ran', services: { 'my-db': broken } } })
  assert.match(ended.log, /my-db \| broken\n[^]*ended before it was ready.*exit code was 3/)
  assert.ok(!`${ended.log}${late.log}`.includes('\nran\n'))
  assert.deepEqual(await engine.named('signalbox.runner', 'signalbox.job'), [])
})

test('a job of this machine reaches a service of an image', { skip }, async (t) => {
  const { work } = await startBench(t, { docker: dockerd?.socket, dockerNetwork: 'host' })
  const end = await work({ job: { run: ASK, services: { 'my-db': db() } } })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.match(end.log, /\nhello\n/)
})

test('without an engine a service of an image says so', async (t) => {
  const { work } = await startBench(t)
  const end = await work({ job: { run: 'echo ran', services: { 'my-db': db() } } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'infra.setup'])
  assert.match(end.log, /no container engine/)
})
