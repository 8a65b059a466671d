import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { open, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pino } from 'pino'
import { makeFakeServer } from '../../test/support/fake-server.ts'
import { isAlive, startBench } from '../../test/support/runner.ts'
import { runRunner } from './runner.ts'

const silent = pino({ level: 'silent' })
const pidIn = (log: Buffer) => Number(/\npid (\d+)/.exec(log.toString())?.[1])
/** The source of the one job under way. */
function sourceIn(dir: string): string {
  const [job = 'none'] = readdirSync(join(dir, 'jobs'))
  return join(dir, 'jobs', job, 'source')
}

test('a job outlives a restart of the server: nothing is lost or told twice', async (t) => {
  const { dir, server } = await startBench(t, { slots: 1 })
  const offered = server.offer({
    job: {
      run: 'mkfifo go over; echo one; read x < go; echo two; seq 20000; echo three > over; : > out',
      outputs: ['out'],
    },
  })
  await offered.logHas('\none\n')
  const source = sourceIn(dir)
  await server.stop()
  await writeFile(join(source, 'go'), 'x\n')
  await readFile(join(source, 'over'))
  assert.ok(!offered.log().includes('\ntwo\n'))
  await server.start()
  const end = await offered.finished
  assert.equal(end.outcome, 'succeeded')
  assert.equal(offered.leases(), 1)
  const log = offered.log().toString()
  assert.equal(end.logBytes, offered.log().length)
  assert.match(log, /\none\ntwo\n1\n2\n3\n/)
  assert.ok(log.includes('\n20000\nsignalbox: stored 1 files\n'))
  assert.equal(log.split('two').length, 3, 'once in the command, once in the output')
})

test('a runner waits for a server that is not there yet', async (t) => {
  const { server, work } = await startBench(t)
  await server.stop()
  await server.start()
  assert.equal((await work({ job: { run: 'true' } })).outcome, 'succeeded')
})

test('a job whose lease is lost is ended at once and never told', async (t) => {
  const { server, work } = await startBench(t, { slots: 1 })
  const offered = server.offer({
    job: { run: 'trap "" TERM; echo pid $$; sleep 300', graceMs: 60_000 },
  })
  await offered.logHas('\npid ')
  const pid = pidIn(offered.log())
  assert.ok(isAlive(pid))
  offered.loseLease()
  const next = await work({ job: { run: 'echo next' } })
  assert.equal(next.outcome, 'succeeded')
  assert.ok(!isAlive(pid))
  assert.deepEqual(
    server.requests.filter((line) => line.includes(offered.run) && line.includes('finish')),
    [],
  )
})

test('a runner that is told to stop ends its jobs and hands them back', async (t) => {
  const { dir, server, stopRunner } = await startBench(t)
  const offered = server.offer({ job: { run: 'echo pid $$; sleep 300' } })
  await offered.logHas('\npid ')
  await stopRunner()
  assert.ok(!isAlive(pidIn(offered.log())))
  assert.deepEqual(readdirSync(join(dir, 'jobs')), [])
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason], ['lost', 'lost.runner'])
  assert.match(offered.log().toString(), /lost: its runner was stopped/)
})

test('a runner that drains ends its jobs, beating all the while, and takes no more', async (t) => {
  const drain = new AbortController()
  const { dir, server } = await startBench(t, { slots: 1, drain: drain.signal })
  const offered = server.offer({ job: { run: 'mkfifo go; echo one; read x < go; echo two' } })
  await offered.logHas('\none\n')
  const source = sourceIn(dir)
  const next = server.offer({ job: { run: 'true' } })
  drain.abort()
  for (const _ of [1, 2, 3]) await server.asked('/beat')
  await writeFile(join(source, 'go'), 'x\n')
  assert.equal((await offered.finished).outcome, 'succeeded')
  assert.match(offered.log().toString(), /\none\ntwo\n$/)
  assert.equal(next.leases(), 0)
})

test('a runner may stop while nobody takes what it has to tell', async (t) => {
  const { dir, server, stopRunner } = await startBench(t, { slots: 1 })
  const run = 'mkfifo go over; echo one; read x < go; echo two; echo > over'
  const offered = server.offer({ job: { run } })
  await offered.logHas('\none\n')
  const source = sourceIn(dir)
  server.isBusy = true
  await writeFile(join(source, 'go'), 'x\n')
  await readFile(join(source, 'over'))
  // By the third time the job has long ended, and only its log is left to be told.
  for (const _ of [1, 2, 3]) await server.asked('/log')
  await stopRunner()
  assert.deepEqual(readdirSync(join(dir, 'jobs')), [])
})

test('a runner whose token is refused says so and ends', async (t) => {
  const server = await makeFakeServer()
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-token-'))
  t.after(async () => {
    await server.stop()
    rmSync(dir, { recursive: true })
  })
  const options = { url: server.url, token: 'wrong', name: 'x', dir, log: silent }
  await assert.rejects(runRunner(options), { code: 'runner.token-refused', retry: false })
  assert.ok(!existsSync(join(dir, 'runner.lock')))
})

test('a person looking around in a workspace is not taken for a leftover', async (t) => {
  const { dir, server } = await startBench(t)
  const offered = server.offer({ job: { run: 'mkfifo go; echo on; read x < go' } })
  await offered.logHas('\non\n')
  const source = sourceIn(dir)
  const visitor = spawn('sleep', ['300'], { cwd: source })
  t.after(() => visitor.kill())
  const go = await open(join(source, 'go'), 'w')
  await go.writeFile('x\n')
  await go.close()
  assert.equal((await offered.finished).outcome, 'succeeded')
  assert.ok(isAlive(visitor.pid ?? 0))
})
