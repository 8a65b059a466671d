import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { RunEvent } from '../pipelines/events.ts'
import { forgetOldRuns, openRunJournal, readRunJournal, runsIn } from './journal.ts'
import { type Kept, openLocalStore } from './store.ts'

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'signalbox-store-'))
  t.after(() => rmSync(made, { recursive: true }))
  return made
}

const kept = (job: string, content: string, at = 1): Kept => ({
  ...{ job, content, definition: `d-${content}`, needs: {}, manifest: {}, tookMs: 5, at },
})

test('what was kept is found again under both keys, but for half a line', (t) => {
  const file = join(folder(t), 'cache.jsonl')
  const first = openLocalStore(file)
  first.keep(kept('a', 'one'), '{"run":"one"}')
  first.keep(kept('a', 'two'), '{"run":"two"}')
  first.use(kept('a', 'one'), 9)
  first.close()
  appendFileSync(file, '{"job":"a","content":"thr')
  const again = openLocalStore(file)
  assert.equal(again.byContent('one')?.job, 'a')
  assert.equal(again.byDefinition('d-two')?.content, 'two')
  assert.equal(again.byContent('thr'), undefined)
  assert.equal(again.partsOf(kept('a', 'one')), '{"run":"one"}')
  // Used last, though the other was made last.
  assert.deepEqual([again.lastOf('a')?.content, again.lastOf('a')?.at], ['one', 9])
  again.drop(kept('a', 'one'))
  assert.equal(again.byContent('one'), undefined)
})

test('a file that grew too long is halved, and the young stay', (t) => {
  const file = join(folder(t), 'cache.jsonl')
  const lineOf = (_: unknown, i: number) => `${JSON.stringify(kept('a', `k${i}`, i))}\t{"n":${i}}`
  const lines = Array.from({ length: 20_001 }, lineOf)
  writeFileSync(file, `${lines.join('\n')}\n`)
  openLocalStore(file)
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 10_001)
  const again = openLocalStore(file)
  assert.equal(again.byContent('k0'), undefined)
  assert.ok(again.byContent('k20000'))
  assert.equal(again.partsOf(kept('a', 'k20000')), '{"n":20000}')
})

test('a journal is read up to where it was cut off', async (t) => {
  const at = folder(t)
  const event = { type: 'run.admitted', at: 1, by: 'local' } as const satisfies RunEvent
  const journal = openRunJournal(join(at, 'run_1'))
  journal.append([event, event])
  await journal.close()
  appendFileSync(join(at, 'run_1', 'journal'), '{"type":"run.adm')
  assert.deepEqual(readRunJournal(join(at, 'run_1')), [event, event])
  assert.deepEqual(readRunJournal(join(at, 'none')), [])
  for (let i = 2; i < 15; i++) await openRunJournal(join(at, `run_${String(i)}`)).close()
  forgetOldRuns(at)
  assert.equal(runsIn(at).length, 10)
})
