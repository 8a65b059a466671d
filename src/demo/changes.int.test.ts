import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { badChange } from './bad-change.ts'
import { type Change, applyChange } from './change.ts'
import { goodChange } from './good-change.ts'
import { startLoad, storefrontMix } from './load.ts'

const run = promisify(execFile)
// All of it: a child that hears of this test run from its environment skips its own tests, and the
// storefront shall know no other service.
const env = { HOST: '127.0.0.1', PORT: '0' }

/** A copy of the example with the changes made, removed with the test. */
async function storefront(t: TestContext, ...changes: readonly Change[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-change-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await cp('examples/storefront', folder, { recursive: true })
  for (const change of changes) await applyChange(folder, change)
  return folder
}

/** Lint, tests and build as its pipeline runs them; rejects with the output of one that fails. */
async function check(cwd: string): Promise<void> {
  const node = (...args: string[]) => run(process.execPath, args, { cwd, env })
  await node('--experimental-vm-modules', '--no-warnings', 'tools/lint.js')
  const { stdout } = await node('--test', '--test-isolation=none', 'test/*.test.js')
  assert.match(stdout, /pass [1-9]/)
  await node('tools/build.js')
}

/** Share of bad answers of the built service, over 400 people; it is stopped by SIGTERM. */
async function badShare(t: TestContext, cwd: string): Promise<number> {
  const service = spawn(process.execPath, ['dist/server.js'], { cwd, env })
  t.after(() => service.kill('SIGKILL'))
  const exit = once(service, 'exit')
  const [line] = (await once(service.stdout, 'data')) as [Buffer]
  const { url } = JSON.parse(line.toString()) as { url: string }
  service.stdout.resume()
  const load = { urls: () => [url], ratePerS: 200, mix: storefrontMix, countMax: 400 }
  const { ok, bad, unsent } = await startLoad(load).ended
  assert.equal(ok + bad + unsent, 400)
  service.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
  return bad / (ok + bad)
}

test('the good change passes every check and hurts nobody', async (t) => {
  const folder = await storefront(t, goodChange)
  await check(folder)
  assert.equal(await badShare(t, folder), 0)
})

test('the bad change passes every check and fails one visitor in twenty', async (t) => {
  const folder = await storefront(t, goodChange, badChange)
  await check(folder)
  const share = await badShare(t, folder)
  assert.ok(share > 0.03 && share < 0.07, `${share}`)
})
