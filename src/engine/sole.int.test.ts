import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { holdAlone } from './sole.ts'

const STARTER = new URL('../../test/support/sole-starter.ts', import.meta.url)

function folders(t: TestContext, count: number): string[] {
  const root = mkdtempSync(join(tmpdir(), 'signalbox-sole-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  return Array.from({ length: count }, (_, i) => {
    const folder = join(root, `data-${i}`)
    mkdirSync(folder)
    return folder
  })
}

async function starter(t: TestContext, platform: string): Promise<ChildProcess> {
  const child = fork(STARTER, [platform])
  t.after(() => child.kill('SIGKILL'))
  await once(child, 'message')
  return child
}

async function ask(child: ChildProcess, folder: string): Promise<unknown> {
  const answer = once(child, 'message')
  child.send(folder)
  return (await answer)[0]
}

// Every platform but Linux takes the other way, which works on Linux too, and waits a moment.
for (const [platform, times] of [
  ['linux', 50],
  ['darwin', 10],
] as const)
  describe(`one server alone (${platform})`, () => {
    it(`of two that start at once after a kill, in ${times} rounds`, async (t) => {
      const rounds = folders(t, times)
      const [killed, one, other] = await Promise.all(
        [1, 2, 3].map(async () => starter(t, platform)),
      )
      assert.ok(killed && one && other)
      for (const folder of rounds) assert.equal(await ask(killed, folder), true)
      assert.equal(await ask(one, rounds[0] ?? ''), false)
      killed.kill('SIGKILL')
      await once(killed, 'exit')
      for (const folder of rounds) {
        const answers: unknown[] = await Promise.all([ask(one, folder), ask(other, folder)])
        assert.deepEqual(answers.toSorted(), [false, true])
      }
    })

    it('by whatever name the folder is called, until it lets go', async (t) => {
      const [folder = ''] = folders(t, 1)
      symlinkSync(folder, `${folder}-too`)
      const letGo = await holdAlone(folder, platform)
      assert.ok(letGo)
      assert.equal(await holdAlone(`${folder}-too`, platform), undefined)
      letGo()
      const next = await holdAlone(`${folder}-too`, platform)
      assert.ok(next)
      next()
    })

    it('and a folder made anew is another one', async (t) => {
      const [folder = ''] = folders(t, 1)
      const before = await holdAlone(folder, platform)
      rmSync(folder, { recursive: true })
      mkdirSync(folder)
      const after = await holdAlone(folder, platform)
      assert.ok(before && after)
      before()
      after()
    })
  })
