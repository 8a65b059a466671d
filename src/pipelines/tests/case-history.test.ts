import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import fc from 'fast-check'
import {
  type CaseHistory,
  historyAfter,
  isBroken,
  isNew,
  type PastResult,
  RESULTS_KEPT,
  unitOf,
} from './case-history.ts'

const result = (n: number, more: Partial<PastResult> = {}): PastResult => ({
  at: n,
  run: `run_${n}`,
  job: 'test',
  attempt: 1,
  sha: `c${n}`,
  same: `c${n}/test`,
  passes: 1,
  fails: 0,
  durationMs: 10 * n,
  ...more,
})
const failing = (n: number, more: Partial<PastResult> = {}) =>
  result(n, { passes: 0, fails: 1, ...more })
function fold(results: readonly PastResult[]): CaseHistory {
  let history: CaseHistory | undefined
  for (const each of results) history = historyAfter(history, each, 'cart.test.ts')
  assert.ok(history !== undefined)
  return history
}

describe('the history of a case', () => {
  test('says what it did last, since when it is known, and how long it takes', () => {
    const history = fold([result(1), result(2), result(3), failing(4)])
    const { firstSha, lastAt, outcome, p75Ms, file } = history
    assert.deepEqual(
      { firstSha, lastAt, outcome, p75Ms, file },
      {
        firstSha: 'c1',
        lastAt: 4,
        outcome: 'failed',
        p75Ms: 30,
        file: 'cart.test.ts',
      },
    )
  })
  test('knows all answers to one commit with one set of inputs', () => {
    const twice = { sha: 'c1', same: 'c1/k' }
    const history = fold([
      failing(1, twice),
      result(2, twice),
      result(3, { ...twice, same: 'c1/other' }),
    ])
    assert.deepEqual(unitOf(history, result(2, twice)), { ...twice, passes: 1, fails: 1 })
  })
  test('a case that only its first commit knows is new', () => {
    assert.equal(isNew(fold([result(1), failing(2, { sha: 'c1' })])), true)
    assert.equal(isNew(fold([result(1), result(2)])), false)
  })
  test('a case is broken after five failing commits, or two when it never passed', () => {
    const count = (n: number) => Array.from({ length: n }, (_, i) => failing(i + 10))
    assert.equal(isBroken(fold([result(1), ...count(4)])), false)
    assert.equal(isBroken(fold([result(1), ...count(5)])), true)
    assert.equal(isBroken(fold(count(1))), false)
    assert.equal(isBroken(fold(count(2))), true)
    assert.equal(isBroken(fold([...count(4), result(99, { sha: 'c13' })])), false)
  })
})

const results = fc
  .uniqueArray(
    fc.record({
      n: fc.integer({ min: 1, max: 60 }),
      commit: fc.nat(9),
      passes: fc.nat(2),
      fails: fc.nat(2),
    }),
    { minLength: 1, maxLength: 40, selector: ({ n }) => n },
  )
  .map((all) =>
    // Some of them at the same instant, as reports of shards are.
    all.map(({ n, commit, passes, fails }) =>
      result(n, { at: n >> 1, sha: `c${commit}`, same: `c${commit}`, passes, fails }),
    ),
  )

describe('laws of the history', () => {
  test('in whatever order reports are folded, it is the same history', () => {
    fc.assert(
      fc.property(
        results.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, mixed]) => assert.deepEqual(fold(mixed), fold(all)),
      ),
    )
  })
  test('folded again, nothing changes', () => {
    fc.assert(fc.property(results, (all) => assert.deepEqual(fold([...all, ...all]), fold(all))))
  })
  test('it is bounded, and holds the newest', () => {
    fc.assert(
      fc.property(results, (all) => {
        const { recent, lastAt } = fold(all)
        assert.equal(recent.length, Math.min(all.length, RESULTS_KEPT))
        assert.equal(lastAt, Math.max(...all.map(({ at }) => at)))
      }),
    )
  })
})
