import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import test from 'node:test'
import { makeFakeServer } from '../../test/support/fake-server.ts'
import { runnerContract } from '../../test/contracts/runner.contract.ts'
import { isAlive, startBench } from '../../test/support/runner.ts'
import { LOG_BYTES_MAX } from '../pipelines/protocol.ts'

const REPORT = { name: 'report', paths: ['r.html'], retentionMs: 60_000 }

runnerContract('fake server', async () => {
  const server = await makeFakeServer()
  return {
    url: server.url,
    token: server.token,
    offer: async () =>
      server.offer({ job: { artifacts: [REPORT] }, source: { 'hello.txt': 'hello' } }),
    close: () => server.stop(),
  }
})

const pidsIn = (log: string) => [...log.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid))

test('a job runs in its folder, in a clean environment, with the facts it needs', async (t) => {
  const { work } = await startBench(t)
  const end = await work({
    job: { run: 'cat a.txt; env', env: { GREETING: 'hi', SIGNALBOX_SERVICE: 'forged' } },
    leased: { directory: 'services/shop', branch: 'feature/x', service: 'shop' },
    source: { 'services/shop/a.txt': 'content\n' },
  })
  assert.equal(end.outcome, 'succeeded')
  assert.equal(end.exitCode, 0)
  assert.equal(end.logBytes, end.log.length)
  assert.equal(end.logCut, false)
  assert.ok(end.durationMs > 0)
  const lines = end.log.split('\n')
  assert.match(lines[0] ?? '', /^signalbox: job test of shop at a{12} \(feature\/x\), attempt 1$/)
  for (const line of [
    'content',
    'GREETING=hi',
    'CI=true',
    'LANG=C.UTF-8',
    'SIGNALBOX_SERVICE=shop',
  ])
    assert.ok(lines.includes(line), line)
  assert.ok(end.log.includes(`PATH=${dirname(process.execPath)}:`))
  assert.match(end.log, /HOME=\S+\/home\n/)
  const names = [...end.log.matchAll(/^(\w+)=/gm)].map(([, name = '']) => name)
  // PWD is the shell's own. Nothing of the runner's environment is among them.
  const given = 'CI GREETING HOME LANG PATH PWD SIGNALBOX_ATTEMPT SIGNALBOX_BRANCH SIGNALBOX_JOB '
  const more = 'SIGNALBOX_RUN SIGNALBOX_SERVICE SIGNALBOX_SHA SIGNALBOX_WORKSPACE TMPDIR'
  assert.deepEqual(new Set(names), new Set((given + more).split(' ')))
})

test('a failing line fails the job with its exit code, and ends it there', async (t) => {
  const { work } = await startBench(t)
  const end = await work({ job: { run: 'echo before\n(exit 7)\necho after' } })
  assert.deepEqual([end.outcome, end.reason, end.exitCode], ['failed', 'script', 7])
  assert.match(end.log, /before\nsignalbox: failed: exit code 7\n$/)
  const unset = await work({ job: { run: 'echo $NO_SUCH_VARIABLE' } })
  assert.deepEqual([unset.outcome, unset.reason], ['failed', 'script'])
})

test('death by signal is told apart from an exit, of the shell and of its child', async (t) => {
  const { work } = await startBench(t)
  const shell = await work({ job: { run: 'kill -SEGV $$' } })
  assert.deepEqual([shell.reason, shell.exitCode], ['signal', 139])
  const child = await work({ job: { run: 'sh -c "kill -KILL \\$\\$"; true' } })
  assert.deepEqual([child.reason, child.exitCode], ['signal', 137])
})

test('what cannot be started is no fault of the script', async (t) => {
  const { work } = await startBench(t)
  const nul = await work({ job: { run: 'echo a\0b' } })
  assert.deepEqual([nul.outcome, nul.reason], ['failed', 'infra.setup'])
  const nowhere = await work({ job: { run: 'true' }, leased: { directory: 'no/where' } })
  assert.deepEqual([nowhere.outcome, nowhere.reason], ['failed', 'infra.setup'])
  assert.match(nowhere.log, /no folder 'no\/where'/)
})

test('a job that hangs is ended by the wall clock, though it will not hear', async (t) => {
  const { work } = await startBench(t)
  const end = await work({
    job: { run: 'trap "" TERM; echo pid $$; sleep 300; sleep 300', timeoutMs: 400, graceMs: 50 },
  })
  assert.deepEqual([end.outcome, end.reason], ['timedOut', 'timeout.wall'])
  assert.match(end.log, /signalbox: timed out: it may run 400ms\n$/)
  for (const pid of pidsIn(end.log)) assert.ok(!isAlive(pid))
})

test('before it is killed, a job may put its affairs in order', async (t) => {
  const { server } = await startBench(t)
  const asked = async (run: string) => {
    const offered = server.offer({ job: { run, graceMs: 20_000 } })
    await offered.logHas('\nup\n')
    offered.cancel()
    await offered.finished
    return offered.log().toString()
  }
  const shell = 'trap "echo tidied; exit 0" TERM; echo up; while :; do sleep 0.05; done'
  assert.match(await asked(shell), /up\n(Terminated\n)?tidied\n/)
  // Here the shell dies at once, and its child takes a moment.
  const script =
    'const say = (text) => fs.writeSync(1, text + "\\n"); setInterval(() => {}, 1000);' +
    'const tidy = () => { say("tidied"); process.exit() };' +
    'process.on("SIGTERM", () => setTimeout(tidy, 150)); say("up")'
  assert.match(await asked(`node -e '${script}' & sleep 300`), /up\n(Terminated\n)?tidied\n/)
})

test('a silent job is ended by the idle clock, a talking one is not', async (t) => {
  const { work } = await startBench(t)
  const [silent, talking] = await Promise.all([
    work({ job: { run: 'echo one; sleep 300', idleMs: 300 } }),
    work({ job: { run: 'for i in $(seq 24); do echo $i; sleep 0.1; done', idleMs: 1600 } }),
  ])
  assert.deepEqual([silent.outcome, silent.reason], ['timedOut', 'timeout.idle'])
  assert.equal(talking.outcome, 'succeeded')
})

test('children that outlive the shell are ended, however they hid', async (t) => {
  const { work } = await startBench(t)
  // In the group, out of it, in another folder, and with nothing in the environment. They keep the
  // output open, which must not hold up the end of the job.
  const hide = (how: string, ready: string) =>
    `${how} sh -c 'echo pid $$; : > ${ready}; cd /; exec sleep 300' &`
  const bare = 'env -i /usr/bin/setsid /usr/bin/env PATH=/bin:/usr/bin'
  const end = await work({
    job: {
      run: `
        ${hide('nohup', 'a')}
        ${hide('setsid', 'b')}
        (${hide(bare, 'c').replace('cd /;', '')})
        while ! [ -e a -a -e b -a -e c ]; do sleep 0.02; done`,
    },
  })
  assert.equal(end.outcome, 'succeeded')
  const pids = pidsIn(end.log)
  assert.equal(pids.length, 3)
  for (const pid of pids) assert.ok(!isAlive(pid))
})

test('a job that keeps forking out of its group is ended whole', async (t) => {
  const { server, work } = await startBench(t)
  const bomb = 'n=$1; echo pid $$; [ $n -gt 12 ] || setsid sh bomb.sh $((n + 1)) & sleep 300'
  const offered = server.offer({
    job: { run: 'for i in 1 2 3; do setsid sh bomb.sh 0 & done; sleep 300' },
    source: { 'bomb.sh': bomb },
  })
  await offered.logHas('\npid ')
  offered.cancel()
  await offered.finished
  const pids = pidsIn(offered.log().toString())
  assert.ok(pids.length > 0)
  for (const pid of pids) assert.ok(!isAlive(pid))
  assert.equal((await work({ job: { run: 'true' } })).outcome, 'succeeded')
})

test('a cancelled job ends as cancelled, with its log', async (t) => {
  const { server } = await startBench(t)
  const offered = server.offer({ job: { run: 'echo pid $$; sleep 300' } })
  await offered.logHas('\npid ')
  offered.cancel()
  const end = await offered.finished
  assert.deepEqual([end.outcome, end.reason], ['cancelled', 'cancelled.by'])
  assert.match(offered.log().toString(), /signalbox: cancelled\n$/)
  for (const pid of pidsIn(offered.log().toString())) assert.ok(!isAlive(pid))
})

test('output keeps its order and its bytes', async (t) => {
  const { server, work } = await startBench(t)
  const end = await work({
    job: {
      run: 'for i in $(seq 200); do echo out $i; echo err $i >&2; done; echo x > /dev/stderr',
    },
  })
  const expected = Array.from({ length: 200 }, (_, i) => `out ${i + 1}\nerr ${i + 1}\n`).join('')
  assert.ok(end.log.endsWith(`${expected}x\n`), end.log.slice(-200))
  const binary = server.offer({ job: { run: "printf '\\377\\000\\376\\r\\033[31m'" } })
  await binary.finished
  assert.ok(binary.log().includes(Buffer.from([255, 0, 254, 13, 27, 91, 51, 49, 109])))
})

test('a job may print without end: the log is cut, the job is not', async (t) => {
  const { server } = await startBench(t)
  const offered = server.offer({
    job: { run: "head -c 140000000 /dev/zero | tr '\\0' x; exit 3", timeoutMs: 120_000 },
  })
  const end = await offered.finished
  assert.deepEqual([end.reason, end.exitCode, end.logCut], ['script', 3, true])
  assert.ok(end.logBytes <= LOG_BYTES_MAX && end.logBytes > LOG_BYTES_MAX - 16 * 1024)
  assert.equal(offered.log().length, end.logBytes)
  const tail = offered.log().subarray(-200).toString()
  assert.match(tail, /x\nsignalbox: the log is cut here.*\nsignalbox: failed: exit code 3\n$/)
})

test('test reports decide as much as the exit code', async (t) => {
  const { work } = await startBench(t)
  const report = (inner: string) =>
    `echo '<testsuite name="s"><testcase name="a" time="1">${inner}</testcase></testsuite>' > r.xml`
  const good = report('')
  const bad = report('<failure message="no"/>')
  const source = { 'r.xml': '<testsuite/>' }
  const rows: [run: string, outcome: string, reason: string | undefined, failed?: number][] = [
    [good, 'succeeded', undefined, 0],
    [bad, 'failed', 'tests', 1],
    [`${bad}; exit 4`, 'failed', 'tests', 1],
    [`${good}; exit 4`, 'failed', 'script', 0],
    [`${bad}; kill -KILL $$`, 'failed', 'signal', 1],
    ['echo "<html/>" > r.xml', 'failed', 'tests'],
    ['rm r.xml; ln -s /etc/hostname r.xml', 'failed', 'tests'],
    ['true # and leaves the report of the source as it was', 'failed', 'tests'],
    ['exit 4', 'failed', 'script'],
  ]
  for (const [run, outcome, reason, failed] of rows) {
    const end = await work({ job: { run, junit: ['*.xml'] }, source })
    assert.deepEqual([end.outcome, end.reason, end.tests?.failed], [outcome, reason, failed], run)
  }
  const end = await work({ job: { run: bad, junit: ['*.xml'] } })
  assert.deepEqual(end.tests?.failures, [{ name: 's::a', message: 'no' }])
  assert.match(end.log, /signalbox: tests: 0 passed, 1 failed, 0 skipped\n$/)
  const missing = await work({ job: { run: 'true', junit: ['r.xml', 'out/*.xml'] } })
  assert.match(missing.log, /failed: No test report was written to r\.xml, out\/\*\.xml\./)
})

test('slots work side by side and leave nothing behind', async (t) => {
  const { dir, server, stopRunner, work } = await startBench(t)
  // Each waits for the other: one slot alone would hang.
  const meet = (mine: string, other: string) =>
    `mkdir -p ../../../met; : > ../../../met/${mine}
     until [ -e ../../../met/${other} ]; do sleep 0.02; done; mkdir -m 500 "$HOME/x"; chmod 500 .`
  const pair = [meet('a', 'b'), meet('b', 'a')].map((run) => server.offer({ job: { run } }))
  for (const offered of pair) assert.equal((await offered.finished).outcome, 'succeeded')
  // Deeper than a path can be long.
  const dig =
    'const d = "d".repeat(99); for (let i = 0; i < 99; i++) { fs.mkdirSync(d); process.chdir(d) }'
  assert.equal((await work({ job: { run: `node -e '${dig}'` } })).outcome, 'succeeded')
  await stopRunner()
  assert.deepEqual(readdirSync(`${dir}/jobs`), [])
})
