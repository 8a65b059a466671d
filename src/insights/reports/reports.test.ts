import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { DAY, HOUR, START, told } from '../../../test/support/observations.ts'
import type { Report } from '../figures/report.ts'
import { factsOf } from '../figures/facts/facts-of.ts'
import { reportOf } from '../figures/report.ts'
import { documentOf, type ReportDocument } from './document.ts'
import { htmlOf, markdownOf } from './forms.ts'
import { hintsOf } from './hints.ts'
import { periodAt, periodBefore, type PeriodKind } from './period.ts'
import { publication, reportId } from './publication.ts'

const kinds = fc.constantFrom<PeriodKind>('week', 'month', 'quarter')
const instants = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2100, 0) })

test('every instant is in one period of a kind, and they follow without a gap', () => {
  fc.assert(
    fc.property(kinds, instants, (kind, at) => {
      const { from, to, name } = periodAt(kind, at)
      assert.ok(from <= at && at < to)
      assert.deepEqual(periodAt(kind, to - 1), periodAt(kind, from))
      assert.equal(periodBefore(periodAt(kind, to)).name, name)
      assert.notEqual(periodAt(kind, to).name, name)
    }),
  )
})

test('weeks are those of the ISO', () => {
  const named = (day: string) => periodAt('week', Date.parse(day)).name
  assert.equal(named('2021-01-03T23:59:59Z'), '2020-W53')
  assert.equal(named('2024-12-30T00:00:00Z'), '2025-W01')
  assert.equal(periodAt('quarter', Date.parse('2026-03-31T12:00:00Z')).name, '2026-Q1')
})

const window = { from: START, to: START + 30 * DAY, asOf: START + 40 * DAY, zone: 'UTC' }
const hints = (lines: Parameters<typeof told>[0]) =>
  hintsOf(factsOf(told(lines), window.asOf), { ...window, isOneService: false })

const tested = (n: number, test_: string, outcome: string) =>
  [
    'tests.reported',
    n,
    { run: `r${n}`, sha: `c${n % 3}`, tests: [{ test: test_, outcome }] },
  ] as const

describe('hints', () => {
  it('are none where nothing is known', () => assert.deepEqual(hints([]), []))

  it('name the test that most often failed and passed on one commit', () => {
    const [hint] = hints([
      ...[0, 1, 2, 3].map((n) => tested(n, 'buys', n < 2 ? 'failed' : 'passed')),
      ...[4, 7].map((n) => tested(n, 'sells', 'failed')),
    ])
    assert.equal(hint?.kind, 'flakiestTest')
    assert.match(hint.says, /^The flakiest test is buys \(unit\): .* on 1 of 3 commits\.$/)
  })

  it('never name a class more often than there are failures, and each run once a class', () => {
    const failures = fc.array(
      fc.record({
        run: fc.constantFrom('a', 'b', 'c'),
        class: fc.constantFrom('x', 'y', 'z', 'w'),
      }),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(failures, (all) => {
        const found = hints(
          all.map((one, i) => ['failure.diagnosed', i, { ...one, isConfirmed: true }] as const),
        )
        const [hint] = found
        if (all.length === 0) return assert.deepEqual(found, [])
        assert.equal(hint?.n, new Set(all.map(({ run }) => run)).size)
        const counts = [...hint.says.matchAll(/\((\d+)\)/g)].map(([, count]) => Number(count))
        assert.ok(counts.length <= 3 && counts.every((count) => count <= hint.n))
        assert.deepEqual(
          counts,
          counts.toSorted((a, b) => b - a),
        )
      }),
    )
  })
})

function documentAt(lines: Parameters<typeof told>[0], asOf = window.asOf): ReportDocument {
  const period = periodAt('month', START + 2 * HOUR)
  const facts = factsOf(told(lines), asOf)
  const of = ({ from, to }: { from: number; to: number }): Report =>
    reportOf(facts, { from, to, asOf })
  const about = { period, scope: {}, hints: [] }
  return documentOf(of(period), of(periodBefore(period)), about)
}
const deployment = (id: string, at: number) =>
  ['deployment.finished', at, { deployment: id }] as const
const publish = (document: ReportDocument) =>
  ({ type: 'report.publish', at: 1, by: 'ann', document }) as const

describe('a published report', () => {
  const first = documentAt([deployment('d1', 5)])
  const second = documentAt([deployment('d1', 5), deployment('d2', 9)])

  it('becomes the next revision only when something is another, and says what', () => {
    const given = { revision: 1, document: first }
    assert.deepEqual(publication.decide(publish({ ...first, asOf: 7 }), given), [])
    const done = publication.decide(publish(second), given)
    assert.ok(!isRejection(done))
    const [event] = done
    assert.equal(event?.revision, 2)
    const frequency = event.differences.find(({ number }) => number === 'K1')
    assert.ok(frequency !== undefined && (frequency.after ?? 0) > (frequency.before ?? 0))
    assert.deepEqual(frequency.n, [1, 2])
  })

  it('is of a period that is over', () => {
    const done = publication.decide(publish(documentAt([], START + DAY)), publication.initial)
    assert.ok(isRejection(done) && done.code === 'report.period-open')
  })

  it('has not more revisions than anybody reads', () => {
    const done = publication.decide(publish(second), { revision: 200, document: first })
    assert.ok(isRejection(done) && done.code === 'report.revisions-exhausted')
  })

  it('is one of its period, tier and team', () => {
    const { period } = first
    const ids = [{}, { tier: 1 }, { team: 'a' }, { team: 'a', tier: 1 }].map((scope) =>
      reportId({ period, scope }),
    )
    assert.deepEqual(new Set(ids).size, 4)
    assert.equal(ids[0], 'month-2026-03')
  })
})

test('no name, whatever it is, becomes markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const team = `${name}<script>"'&|[x](y)`
      const document = { ...documentAt([]), scope: { team } }
      const hint = { kind: 'flakiestTest', says: team, n: 1, look: 'x' } as const
      const shown = { revision: null, differences: [], isOutdated: false }
      const whole = { ...shown, document: { ...document, hints: [hint] } }
      assert.ok(!htmlOf(whole).includes('<script'))
      const markdown = markdownOf(whole)
      assert.ok(!/(?<!\\)<script/.test(markdown) && !/(?<!\\)\]\(y\)/.test(markdown))
      assert.equal(markdown.split('\n').filter((line) => line.startsWith('| K')).length, 20)
    }),
    { numRuns: 30 },
  )
})
