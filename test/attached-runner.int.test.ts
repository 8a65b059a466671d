/** A runner that belongs to a server, as a process: what ends it, and that it ends at all. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test, type TestContext } from 'node:test'

const PROGRAM = resolve(import.meta.dirname, '..', 'bin', 'signalbox.mjs')
/** Nobody listens there: the runner asks again and again. */
const NOWHERE = 'http://127.0.0.1:9'

async function startRunner(t: TestContext): Promise<ChildProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-attached-'))
  const words = ['runner', '--name', 'attached', '--dir', join(folder, 'runner'), '--attached']
  const runner = spawn(process.execPath, [PROGRAM, '--url', NOWHERE, ...words], {
    env: { PATH: process.env['PATH'] ?? '', SIGNALBOX_TOKEN: 'sbx_nobody' },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  t.after(async () => {
    if (runner.exitCode === null && runner.signalCode === null) {
      runner.kill('SIGKILL')
      await once(runner, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  })
  let said = ''
  for await (const chunk of runner.stderr) {
    said += String(chunk)
    if (said.includes('runner ready')) return runner
  }
  throw new Error(`the runner ended before it was ready: ${said}`)
}

test(
  'it ends when told, though its server still holds its input',
  { timeout: 30_000 },
  async (t) => {
    const runner = await startRunner(t)
    const ended = once(runner, 'exit')
    runner.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  },
)

test('it ends when its server is gone', { timeout: 30_000 }, async (t) => {
  const runner = await startRunner(t)
  const ended = once(runner, 'exit')
  runner.stdin?.end()
  assert.deepEqual(await ended, [0, null])
})
