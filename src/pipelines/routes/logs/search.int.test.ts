import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { openFiles } from '#connectors/files/files.ts'
import { compilePattern } from '../../logs/pattern.ts'
import { searchLog } from './search.ts'

test('a search out of time, gone on with, finds every line once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-search-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { logs } = await openFiles(folder)
  const log = { run: 'run_1', job: 'test', attempt: 1 }
  // Every line is found in its first bytes, that which the end of a read cuts as well.
  const lines = Array.from({ length: 600 }, (_, i) => `line ${i} ${'x'.repeat(9_000 + i)}`)
  const whole = Buffer.from(lines.join('\n'))
  for (let at = 0; at < whole.length; at += 1e6)
    await logs.append(log, at, whole.subarray(at, at + 1e6))
  const pattern = compilePattern({ text: 'line', isRegex: false, isCaseSensitive: true })
  assert.ok(!('rejected' in pattern))
  const found: number[] = []
  let rounds = 0
  for (let from: number | null = 0; from !== null; rounds++) {
    const { signal } = new AbortController()
    const asked = { pattern, from, limit: 1_000, context: 0, signal, forMs: 0 }
    const part = await searchLog(logs, log, asked)
    found.push(...part.matches.map(({ line }) => line))
    from = part.next
  }
  assert.ok(rounds > 3, `${rounds} rounds`)
  assert.deepEqual(
    found,
    lines.map((_, i) => i),
  )
})
