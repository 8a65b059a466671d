import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { LinesAnswer } from '../../api/logs.ts'
import { LogLines, PAGE_LINES } from './log-lines.ts'

/** A log that answers at most `most` lines at once. */
function logOf(texts: string[], { most = PAGE_LINES, isDone = true } = {}) {
  const asked: number[] = []
  const at = { isDone }
  const ask = async (fromLine: number, lines: number): Promise<LinesAnswer> => {
    asked.push(fromLine)
    const from = fromLine < 0 ? Math.max(0, texts.length + fromLine) : fromLine
    const found = texts.slice(from, from + Math.min(lines, most))
    return {
      from,
      lines: found.map((text, i) => ({ line: from + i, offset: 0, bytes: 1, text })),
      next: from + found.length,
      total: texts.length,
      size: texts.length,
      ...at,
    }
  }
  return { asked, ask, at }
}
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
const settled = async () => {
  for (let i = 0; i < 30; i++) await turn()
}
const million = (count = 100_000) => numbers(0, count).map((n) => `line ${n}`)

describe('lines that a page has', () => {
  it('opens at the end with one question, and asks for what is in sight', async () => {
    const { asked, ask } = logOf(million())
    const lines = new LogLines(ask)
    lines.open(-PAGE_LINES)
    await settled()
    assert.equal(lines.snapshot().total, 100_000)
    assert.equal(lines.line(99_999)?.text, 'line 99999')
    lines.want(numbers(99_950, 50))
    await settled()
    assert.equal(asked.length, 1)
    lines.want(numbers(5_150, 60))
    await settled()
    assert.deepEqual(asked.slice(1), [5_000, 5_200])
    assert.equal(lines.line(5_209)?.text, 'line 5209')
  })

  it('asks one question at a time, and then the latest', async () => {
    const { asked, ask } = logOf(million())
    const lines = new LogLines(ask)
    lines.open(0)
    await settled()
    for (let n = 1_000; n < 90_000; n += 1_000) lines.want(numbers(n, 50))
    await settled()
    assert.deepEqual(asked, [0, 1_000, 89_000])
  })

  it('goes on with a page that one answer could not hold', async () => {
    const { asked, ask } = logOf(million(1_000), { most: 90 })
    const lines = new LogLines(ask)
    lines.open(0)
    await settled()
    lines.want(numbers(400, 190))
    await settled()
    assert.deepEqual(asked, [0, 400, 490, 580])
    assert.equal(lines.line(589)?.text, 'line 589')
  })

  it('sees what is printed, also into the last line', async () => {
    const texts = ['one', 'tw']
    const { ask, at } = logOf(texts, { isDone: false })
    const lines = new LogLines(ask)
    lines.open(-PAGE_LINES)
    await settled()
    texts[1] = 'two'
    texts.push('three')
    at.isDone = true
    lines.grown()
    await settled()
    const { total, isDone } = lines.snapshot()
    assert.deepEqual([total, isDone], [3, true])
    assert.deepEqual(
      numbers(0, 3).map((n) => lines.line(n)?.text),
      ['one', 'two', 'three'],
    )
  })

  it('forgets what is far from sight', async () => {
    const { ask } = logOf(million())
    const lines = new LogLines(ask)
    lines.open(0)
    await settled()
    for (let n = 0; n < 60_000; n += 150) {
      lines.want(numbers(n, 60))
      await settled()
    }
    const kept = numbers(0, 100_000).filter((n) => lines.line(n) !== undefined)
    assert.ok(kept.length <= 20_200, `${kept.length} lines kept`)
    assert.ok((kept[0] ?? 0) > 30_000)
  })

  it('says what is wrong, and asks again', async () => {
    let again = () => {}
    let isAway = true
    const { ask } = logOf(['one'])
    const lines = new LogLines(
      (...asked) =>
        isAway ? Promise.reject(new Error('The server does not answer.')) : ask(...asked),
      (work) => {
        again = work
        return () => {}
      },
    )
    lines.open(0)
    await settled()
    assert.equal(lines.snapshot().trouble, 'The server does not answer.')
    isAway = false
    again()
    await settled()
    assert.deepEqual([lines.snapshot().trouble, lines.line(0)?.text], [undefined, 'one'])
  })
})
