import assert from 'node:assert/strict'
import { it } from 'node:test'
import { intervalBar, pictureOf } from './rollout-picture.ts'

it('marks what is likely, what is believable, and where stable is', () => {
  assert.equal(intervalBar({ ratio: 2, low: 1, high: 4 }), `${'·'.repeat(12)}├─────●─────┤`)
  assert.equal(intervalBar({ ratio: 1, low: 0.5, high: 2 }).indexOf('●'), 12)
})
it('says where nothing is known beyond', () => {
  const bar = intervalBar({ ratio: 9, low: 2, high: undefined })
  assert.equal(bar.at(-1), '●')
  assert.equal(bar[18], '├')
  assert.ok(!intervalBar({ ratio: 1, low: undefined, high: undefined }).includes('─'))
  assert.ok(intervalBar({ ratio: 1, low: undefined, high: 2 }).startsWith('‹'))
})
it('has a line for each metric, the counts and the sentence', () => {
  const verdict = {
    ...{ verdict: 'continue', reason: 'healthy', evidence: 1, threshold: 50, ratio: 1 },
    metrics: [
      { id: 'errors', evidence: 50, ratio: 3, low: 1.5, high: 6, isDry: false },
      { id: 'p99', evidence: 1, ratio: 1, isDry: true },
    ],
    counts: { canary: { requests: 100, bad: 3 }, stable: { requests: 900, bad: 9 } },
    badServed: 2,
    badAvoided: 18,
    says: 'Requests fail.',
  }
  const lines = pictureOf({ verdict })
  assert.equal(lines.length, 6)
  assert.ok(lines.every((line) => line.length < 80))
  assert.match(lines[1] ?? '', /^ {2}errors .*50 of 50 {2}3\.0× \(1\.5 to 6\.0\)$/)
  assert.match(lines[2] ?? '', /new: only shown$/)
  assert.match(lines[4] ?? '', /2 bad served because of it, 18 spared/)
  assert.equal(lines[5], '  Requests fail.')
})
it('is empty before anything was judged', () => assert.deepEqual(pictureOf({ verdict: null }), []))
