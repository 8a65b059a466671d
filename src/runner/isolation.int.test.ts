import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { isAlive, startBench } from '../../test/support/runner.ts'
import { findCgroups } from './executors/cgroup.ts'
import { hasSandbox } from './sandbox.ts'

const cgroups = findCgroups()
const has = (controller: 'memory' | 'pids' | 'cpu') =>
  cgroups?.folders.has(controller) === true ? false : `no cgroup of ${controller} can be made here`
const confined = { skip: (await hasSandbox()) ? false : 'bubblewrap does not work here' }
const MEBIBYTE = 1024 * 1024

test('a job that takes more memory than it may is told so', { skip: has('memory') }, async (t) => {
  const { work } = await startBench(t)
  const resources = { memoryBytes: 64 * MEBIBYTE }
  const run = 'x=$(head -c 300000000 /dev/zero | tr "\\0" x); echo survived'
  const end = await work({ job: { run, resources } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'oom'], end.log)
  assert.match(end.log, /may use 67108864 bytes of memory/)
  const next = await work({ job: { run: 'echo fine', resources } })
  assert.equal(next.outcome, 'succeeded')
})

test('a job has no more processes than it may', { skip: has('pids') }, async (t) => {
  const { work } = await startBench(t)
  const run = 'for i in $(seq 50); do sleep 5 & done; wait'
  const end = await work({ job: { run, resources: { pids: 20 } } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'script'])
  assert.match(end.log, /[Cc]annot fork/)
})

test('a job has the share of processors that it asks for', { skip: has('cpu') }, async (t) => {
  const { work } = await startBench(t)
  const folder = cgroups?.folders.get('cpu') ?? ''
  const file = cgroups?.version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us'
  const run = `name=$(grep -o 'signalbox-[^/]*-job-.*' /proc/self/cgroup | head -n 1)
    cat ${folder}/$name/${file}`
  const end = await work({ job: { run, resources: { cpu: 0.25 } } })
  assert.match(end.log, /\n25000( 100000)?\n/)
})

test('a daemon by the book dies with its job', { skip: has('pids') }, async (t) => {
  const { server } = await startBench(t)
  const run = `(cd / && exec env -i setsid /bin/sh -c \
    'echo pid $$ >&3; exec 0<&- 1>&- 2>&- 3>&-; exec /bin/sleep 300') 3>&1 & sleep 300`
  const offered = server.offer({ job: { run } })
  await offered.logHas('\npid ')
  const pid = Number(/\npid (\d+)/.exec(offered.log().toString())?.[1])
  offered.cancel()
  assert.equal((await offered.finished).outcome, 'cancelled')
  assert.ok(!isAlive(pid))
})

test('no group is left when a job is over', { skip: has('pids') }, async (t) => {
  const { work, stopRunner } = await startBench(t)
  const end = await work({ job: { run: 'cat /proc/self/cgroup' } })
  const [name = 'none'] = /signalbox-[0-9a-f]+-job-\w+/.exec(end.log) ?? []
  await stopRunner()
  for (const folder of cgroups?.folders.values() ?? [])
    assert.ok(!readdirSync(folder).includes(name), `${folder}/${name}`)
})

test('without a network a job has its own loopback and nothing else', confined, async (t) => {
  const { work } = await startBench(t, { sandbox: 'auto' })
  const run = 'tail -n +3 /proc/net/dev | cut -d: -f1; touch /etc/x || echo read-only'
  const end = await work({ job: { run, network: 'none' } })
  assert.match(end.log, /\n +lo\n.*\nread-only\n/)
  assert.equal(end.hermeticity, 'L2')
  const open = await work({ job: { run: 'tail -n +3 /proc/net/dev' } })
  assert.equal(open.hermeticity, 'L1')
  const names = readFileSync('/proc/net/dev', 'utf8').match(/^ *\w+:/gm) ?? []
  for (const name of names) assert.ok(open.log.includes(name))
})

test('a runner that cannot take the network away says so, and the job does not run', async (t) => {
  const { work } = await startBench(t)
  const end = await work({ job: { run: 'echo ran', network: 'none' } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'infra.setup'])
  assert.match(end.log, /cannot take the network away.*bubblewrap/)
  assert.ok(!end.log.includes('\nran\n'))
  assert.equal((await work({ job: { run: 'true' } })).hermeticity, 'L0')
})
