import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pastInWords, pasts, usualMs } from './history.ts'

const run = (n: number, tookMs: number | null, outcome = 'succeeded', service = 'shop') =>
  ({
    ...{ id: `run_${n}`, service, branch: 'main', queued_at: n },
    outcome: outcome as 'succeeded',
    ended_at: tookMs === null ? null : n + tookMs,
  }) as const

describe('what runs before it took', () => {
  it('is of the same line, oldest first, and ends with the run itself', () => {
    const found = pasts([run(3, 30), run(2, 5, 'succeeded', 'search'), run(1, 10, 'failed')])
    assert.deepEqual(
      found.get('run_3')?.map(({ tookMs, isGood }) => [tookMs, isGood]),
      [
        [10, false],
        [30, true],
      ],
    )
    assert.equal(found.get('run_2')?.length, 1)
  })
  it('says nothing of one that runs, or that somebody stopped', () => {
    const found = pasts([run(3, null, 'running'), run(2, 9, 'cancelled'), run(1, 10)])
    assert.deepEqual(
      found.get('run_3')?.map(({ id }) => id),
      ['run_1'],
    )
  })
  it('has no more than an eye takes in', () => {
    const many = Array.from({ length: 50 }, (_, n) => run(50 - n, 10))
    assert.equal(pasts(many).get('run_50')?.length, 20)
  })
  it('is usual when half took no longer, failures left out', () => {
    const past =
      pasts([run(4, 90, 'failed'), run(3, 30), run(2, 20), run(1, 10)]).get('run_4') ?? []
    assert.equal(usualMs(past), 20)
    assert.equal(pastInWords(past), 'of the last 4, 1 failed')
    assert.equal(usualMs([]), undefined)
  })
})
