import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { pino } from 'pino'
import { makeFakeServer } from '../../test/support/fake-server.ts'
import { isAlive, startRunnerProcess } from '../../test/support/runner.ts'
import { until } from '../../test/support/until.ts'
import { runRunner } from './runner.ts'

const pidIn = (log: Buffer) => Number(/\npid (\d+)/.exec(log.toString())?.[1])

/** A server, a folder, and a first runner in it that is going to be killed. */
async function startCrash(t: TestContext) {
  const server = await makeFakeServer()
  const root = mkdtempSync(join(tmpdir(), 'signalbox-crash-'))
  const dir = join(root, 'runner')
  const stop = new AbortController()
  let running = Promise.resolve()
  t.after(async () => {
    await stopNext()
    await server.stop()
    rmSync(root, { recursive: true, force: true })
  })
  const first = startRunnerProcess(t, server, dir)
  const options = {
    url: server.url,
    token: server.token,
    name: 'next',
    dir,
    sandbox: 'off',
  } as const
  const quick = { beatMs: 50, slots: 1, log: pino({ level: 'silent' }) }
  const startNext = () => {
    running = runRunner({ ...options, ...quick, signal: stop.signal })
    return running
  }
  const stopNext = async () => {
    stop.abort()
    await running
  }
  const folderOf = (kind: 'jobs' | 'states') => {
    const [job = 'none'] = readdirSync(join(dir, kind))
    return join(dir, kind, job)
  }
  return { server, dir, first, startNext, stopNext, folderOf }
}

test('a job outlives its runner: the next one goes on with it under the same lease', async (t) => {
  const { server, dir, first, startNext, stopNext, folderOf } = await startCrash(t)
  const run = `mkfifo go over; echo one; read x < go; echo two; seq 20000; echo > over
    read x < go; echo three; : > out; exit 0`
  const offered = server.offer({ job: { run, outputs: ['out'] } })
  await offered.logHas('\none\n')
  const source = join(folderOf('jobs'), 'source')
  await assert.rejects(startNext(), { code: 'runner.folder-in-use' })
  await first.kill()
  // Nobody watches it now, and more comes than a pipe holds.
  await writeFile(join(source, 'go'), 'x\n')
  await readFile(join(source, 'over'))
  void startNext()
  await offered.logHas('\n20000\n')
  await writeFile(join(source, 'go'), 'x\n')
  const end = await offered.finished
  assert.equal(end.outcome, 'succeeded')
  assert.equal(offered.leases(), 1)
  assert.ok(end.outputs)
  assert.equal(end.logBytes, offered.log().length)
  const said = offered.log().toString()
  const count = Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`).join('')
  assert.ok(said.endsWith(`\none\ntwo\n${count}three\nsignalbox: stored 1 files\n`))
  assert.equal((await server.offer({ job: { run: 'true' } }).finished).outcome, 'succeeded')
  await stopNext()
  for (const kind of ['jobs', 'states']) assert.deepEqual(readdirSync(join(dir, kind)), [])
})

test('a job that ends while no runner is there is told by the next one', async (t) => {
  const { server, first, startNext, folderOf } = await startCrash(t)
  const offered = server.offer({
    job: { run: 'mkfifo go; echo one; read x < go; echo two; exit 7' },
  })
  await offered.logHas('\none\n')
  await first.kill()
  await writeFile(join(folderOf('jobs'), 'source', 'go'), 'x\n')
  await until('it has ended', () => readdirSync(folderOf('states')).includes('exit'))
  void startNext()
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason, end.exitCode], ['failed', 'script', 7])
  assert.match(offered.log().toString(), /\none\ntwo\nsignalbox: failed: exit code 7\n$/)
})

test('a job whose lease went meanwhile is ended, and nothing is told of it', async (t) => {
  const { server, first, startNext } = await startCrash(t)
  const offered = server.offer({
    job: { run: "setsid sh -c 'echo pid $$; exec sleep 300 > /dev/null 2>&1'; :" },
  })
  await offered.logHas('\npid ')
  const pid = pidIn(offered.log())
  await first.kill()
  assert.ok(isAlive(pid))
  offered.loseLease()
  void startNext()
  assert.equal((await server.offer({ job: { run: 'true' } }).finished).outcome, 'succeeded')
  assert.ok(!isAlive(pid))
  assert.ok(!server.requests.some((line) => line.includes(offered.run) && line.includes('finish')))
})

test('a job that had not begun is told to be lost, and given out again at once', async (t) => {
  const { server, first, startNext, folderOf } = await startCrash(t)
  const offered = server.offer({ job: { run: 'true' } })
  await server.asked('/lease')
  server.isBusy = true
  await server.asked('/source')
  await first.kill()
  server.isBusy = false
  assert.ok(folderOf('states'))
  void startNext()
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason], ['lost', 'lost.runner'])
  assert.match(
    offered.log().toString(),
    /^signalbox: job test.*\n.*\nsignalbox: lost: its runner was/,
  )
})

test('cancelled while nobody watched, a job is ended with its children', async (t) => {
  const { server, first, startNext } = await startCrash(t)
  const offered = server.offer({
    job: { run: "(setsid sh -c 'echo pid $$; trap : TERM; sleep 300; sleep 300') & sleep 300" },
  })
  await offered.logHas('\npid ')
  await first.kill()
  offered.cancel()
  void startNext()
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason], ['cancelled', 'cancelled.by'])
  assert.ok(!isAlive(pidIn(offered.log())))
})

test('the clock of a job does not begin again with its next runner', async (t) => {
  const { server, first, startNext } = await startCrash(t)
  const offered = server.offer({ job: { run: 'echo up; sleep 300', timeoutMs: 1500, graceMs: 50 } })
  await offered.logHas('\nup\n')
  await first.kill()
  void startNext()
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason], ['timedOut', 'timeout.wall'])
})

test('a job whose supervisor is killed is lost, with what it had said', async (t) => {
  const { server, first, startNext, folderOf } = await startCrash(t)
  const offered = server.offer({ job: { run: 'echo pid $$; sleep 300' } })
  await offered.logHas('\npid ')
  const supervisor = Number(readFileSync(join(folderOf('states'), 'supervisor'), 'utf8'))
  await first.kill()
  process.kill(-supervisor, 'SIGKILL')
  void startNext()
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason], ['lost', 'lost.runner'])
  assert.match(offered.log().toString(), /\npid \d+\nsignalbox: lost/)
  assert.ok(!isAlive(pidIn(offered.log())))
})
