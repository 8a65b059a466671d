import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { startBench } from '../../test/support/runner.ts'
import { hasSandbox, SANDBOX, sandboxArgs } from './sandbox.ts'

const skip = (await hasSandbox()) ? false : 'bubblewrap is not installed, or not allowed to work'

/** Processes of this machine whose command line holds the text. */
function runningWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text)
    } catch {
      return false
    }
  })
}

test('a confined job writes to its workspace alone, and sees no other', { skip }, async (t) => {
  const { dir, work } = await startBench(t, { sandbox: 'auto' })
  const outside = mkdtempSync(join(tmpdir(), 'outside-'))
  t.after(() => rmSync(outside, { recursive: true }))
  writeFileSync(join(outside, 'secret'), 'x')
  const end = await work({
    job: {
      run: `cat a.txt; : > made; : > /tmp/made; : > "$HOME/made"; : > "$TMPDIR/made"
        ls ${dir} ${dir}/jobs; ! ls ${outside}/secret; ! touch /usr/made; ! touch ${dir}/../made
        echo 'to stderr' > /dev/stderr; node -p 1+1; echo "pid $$"`,
      outputs: ['made'],
    },
    source: { 'a.txt': 'content\n' },
  })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.match(end.log, /in a sandbox/)
  assert.match(end.log, /\ncontent\n/)
  assert.match(end.log, /:\njobs\n\n\S+jobs:\njob-\w+\n/)
  assert.match(end.log, /to stderr\n2\npid \d\n/)
})

test('the tools of this program are seen wherever it lies', { skip }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'clone-'))
  t.after(() => rmSync(root, { recursive: true }))
  const folders = { hidden: join(root, 'runner'), tools: join(root, 'bin') }
  const workspace = join(folders.hidden, 'work')
  for (const folder of [folders.tools, workspace]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(folders.tools, 'tool'), '#!/bin/sh\necho here\n', { mode: 0o755 })
  const args = sandboxArgs({ ...folders, workspace, cwd: workspace })
  const { stdout } = await promisify(execFile)(SANDBOX, [...args, join(folders.tools, 'tool')])
  assert.equal(stdout, 'here\n')
})

test('no child leaves its sandbox alive, whatever it does to hide', { skip }, async (t) => {
  const { work } = await startBench(t, { sandbox: 'auto' })
  // A daemon by the book: new session, no environment, another folder, no open files.
  const mark = `3${process.pid}`
  const daemon = `env -i setsid sh -c 'exec sleep ${mark} > /dev/null 2>&1'`
  const run = `cd /; ${daemon} & sleep 0.1; echo done`
  const end = await work({ job: { run } })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.deepEqual(runningWith(`sleep\0${mark}`), [])
})

test('a confined job has its grace, and its exit code', { skip }, async (t) => {
  const { server, work } = await startBench(t, { sandbox: 'auto' })
  const run = 'trap "echo tidied; exit 0" TERM; echo up; while :; do sleep 0.05; done'
  const offered = server.offer({ job: { run, graceMs: 20_000 } })
  await offered.logHas('\nup\n')
  offered.cancel()
  assert.equal((await offered.finished).outcome, 'cancelled')
  assert.match(offered.log().toString(), /tidied\n/)
  const failed = await work({ job: { run: 'exit 7' } })
  assert.deepEqual([failed.reason, failed.exitCode], ['script', 7])
  const killed = await work({ job: { run: 'kill -KILL $$' } })
  assert.deepEqual([killed.reason, killed.exitCode], ['signal', 137])
})
