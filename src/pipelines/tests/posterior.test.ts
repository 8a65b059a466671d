import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import fc from 'fast-check'
import type { CaseStatus } from '../events/tests.ts'
import { FLAKY_RULES } from './flaky-rules.ts'
import { cleanNeeded, type DatedUnit, posteriorOf, statusAfter } from './posterior.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const NOW = 1_000 * DAY_MS
const unit = (n: number, passes: number, fails: number, daysAgo = 0): DatedUnit => ({
  same: `u${n}`,
  sha: `c${n}`,
  passes,
  fails,
  at: NOW - daysAgo * DAY_MS,
})
const status = (before: CaseStatus, units: readonly DatedUnit[]) =>
  statusAfter(before, posteriorOf(units, NOW))
const clean = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...unit(from + i, 1, 0), at: NOW + i + 1 }))

describe('what is believed of a case', () => {
  test('one disagreement makes a suspect, a second a flaky case', () => {
    assert.equal(status('healthy', []), 'healthy')
    assert.equal(status('healthy', [unit(1, 1, 1)]), 'suspect')
    assert.equal(status('suspect', [unit(1, 1, 1), unit(2, 1, 1)]), 'flaky')
  })
  test('two among many commits that passed are no more than a suspicion', () => {
    const many = Array.from({ length: 90 }, (_, i) => unit(i, 1, 0))
    assert.equal(status('suspect', [unit(91, 1, 1), unit(92, 1, 1), ...many]), 'suspect')
  })
  test('a suspicion fades; flakiness does not by time alone', () => {
    assert.equal(status('suspect', [unit(1, 1, 1, 15)]), 'healthy')
    assert.equal(status('flaky', [unit(1, 1, 1, 150), unit(2, 1, 1, 150)]), 'flaky')
  })
  test('it is fixed when a flaky case would have shown, and not before five commits', () => {
    const units = [unit(1, 1, 1), unit(2, 1, 1)]
    const needed = cleanNeeded(posteriorOf([...units, ...clean(3, 26)], NOW).mean)
    assert.ok(needed > FLAKY_RULES.fixedAfterMin && needed <= FLAKY_RULES.fixedAfterMax)
    assert.equal(status('flaky', [...units, ...clean(3, 10)]), 'flaky')
    assert.equal(status('flaky', [...units, ...clean(3, 60)]), 'fixed')
    assert.equal(cleanNeeded(0.9), FLAKY_RULES.fixedAfterMin)
    assert.equal(cleanNeeded(0.0001), FLAKY_RULES.fixedAfterMax)
  })
  test('fixed and wrong again: once is enough', () => {
    const units = [unit(1, 1, 1, 3), ...clean(3, 5).map((each) => ({ ...each, at: NOW - DAY_MS }))]
    assert.equal(status('fixed', units), 'fixed')
    assert.equal(status('fixed', [...units, unit(9, 1, 1)]), 'flaky')
  })
})

const units = fc.array(
  fc
    .record({
      n: fc.nat(50),
      passes: fc.nat(3),
      fails: fc.nat(3),
      days: fc.nat(40),
    })
    .map(({ n, passes, fails, days }) => unit(n, passes, fails, days)),
  { maxLength: 40 },
)
const RANK: Readonly<Record<CaseStatus, number>> = { healthy: 0, fixed: 0, suspect: 1, flaky: 2 }

describe('laws of the posterior', () => {
  test('the order in which commits were seen does not matter', () => {
    fc.assert(
      fc.property(units, fc.infiniteStream(fc.nat()), (all, dice) => {
        const mixed = all
          .map((each) => ({ each, at: dice.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ each }) => each)
        const [a, b] = [posteriorOf(all, NOW), posteriorOf(mixed, NOW)]
        assert.ok(Math.abs(a.mean - b.mean) < 1e-12)
        assert.equal(a.cleanSince, b.cleanSince)
      }),
    )
  })
  test('a commit that only failed says nothing: broken is not flaky', () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 9 }), (all, fails) => {
        assert.deepEqual(posteriorOf([...all, unit(99, 0, fails)], NOW), posteriorOf(all, NOW))
      }),
    )
  })
  test('one more disagreement never makes a case look better', () => {
    fc.assert(
      fc.property(
        units,
        fc.constantFrom<CaseStatus[]>('healthy', 'suspect', 'flaky'),
        (all, was) => {
          const more = [...all, unit(99, 1, 1)]
          assert.ok(posteriorOf(more, NOW).mean > posteriorOf(all, NOW).mean)
          assert.ok(RANK[status(was, more)] >= RANK[status(was, all)])
        },
      ),
    )
  })
  test('one more commit that passed never makes a case look worse', () => {
    fc.assert(
      fc.property(
        units,
        fc.constantFrom<CaseStatus[]>('healthy', 'suspect', 'flaky'),
        (all, was) => {
          const more = [...all, unit(99, 1, 0)]
          assert.ok(posteriorOf(more, NOW).mean <= posteriorOf(all, NOW).mean)
          assert.ok(RANK[status(was, more)] <= RANK[status(was, all)])
        },
      ),
    )
  })
  test('as time goes by doubt only fades', () => {
    fc.assert(
      fc.property(units, fc.nat(400), (all, days) => {
        const [now, later] = [posteriorOf(all, NOW), posteriorOf(all, NOW + days * DAY_MS)]
        assert.ok(later.disagreed <= now.disagreed + 1e-12)
      }),
    )
  })
  test('a case that nobody saw disagree is healthy, whatever else it did', () => {
    fc.assert(
      fc.property(units, (all) => {
        const agreeing = all.map((each) => (each.passes > 0 ? { ...each, fails: 0 } : each))
        assert.equal(status('healthy', agreeing), 'healthy')
      }),
    )
  })
})
