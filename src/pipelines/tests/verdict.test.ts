import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import fc from 'fast-check'
import type { CaseResult } from '../protocol/test-results.ts'
import { isOutage, whyPassedOver } from './scoring.ts'
import { endWith, type JobEnding, judgeTests, type KnownCase } from './verdict.ts'

const NOW = 1_000
const one = (id: string, more: Partial<CaseResult> = {}): CaseResult => ({
  id,
  outcome: 'passed',
  passes: 1,
  fails: 0,
  durationMs: 1,
  ...more,
})
const bad = (id: string) => one(id, { outcome: 'failed', passes: 0, fails: 1 })
const retried = (id: string) => one(id, { fails: 1 })
const held: KnownCase = { status: 'flaky', quarantinedUntil: NOW + 1 }
const flaky: KnownCase = { status: 'flaky', quarantinedUntil: null }
const judge = (
  cases: readonly CaseResult[],
  known: Readonly<Record<string, KnownCase>>,
  isCut = false,
) => judgeTests({ cases, isCut }, new Map(Object.entries(known)), NOW)
const spec = { outputs: [] }
const end: JobEnding = { outcome: 'failed', reason: 'tests' }
const good = [one('a'), one('b'), one('c'), one('d')]

describe('what tests mean for their job', () => {
  test('quarantined failures do not fail it, and are named', () => {
    const judged = judge([...good, bad('q')], { q: held })
    const ended = endWith(end, spec, judged)
    assert.equal(ended.outcome, 'succeeded')
    assert.equal(ended.reason, undefined)
    assert.deepEqual(ended.tested?.quarantined, { count: 1, names: ['q'] })
  })
  test('one failure that nobody answers for fails it', () => {
    const ended = endWith(end, spec, judge([...good, bad('q'), bad('x')], { q: held, x: flaky }))
    assert.deepEqual([ended.outcome, ended.reason, ended.tested], ['failed', 'tests', undefined])
  })
  test('so does a quarantine that is over at this very instant', () => {
    const over = { ...held, quarantinedUntil: NOW }
    assert.equal(endWith(end, spec, judge([...good, bad('q')], { q: over })).outcome, 'failed')
  })
  test('a report that is cut may have left out what failed', () => {
    const judged = judge([...good, bad('q')], { q: held }, true)
    assert.equal(endWith(end, spec, judged).outcome, 'failed')
  })
  test('an outage is no quarantined failure, even if all that failed is quarantined', () => {
    const cases = ['a', 'b', 'c', 'd', 'e'].map(bad)
    const known = Object.fromEntries(cases.map(({ id }) => [id, held]))
    assert.equal(endWith(end, spec, judge(cases, known)).outcome, 'failed')
  })
  test('a job that failed in another way failed', () => {
    const judged = judge([...good, bad('q')], { q: held })
    for (const reason of ['script', 'signal', 'timeout.wall', 'artifact'] as const)
      assert.equal(endWith({ ...end, reason }, spec, judged).outcome, 'failed')
    assert.equal(endWith({ ...end, outcome: 'timedOut' }, spec, judged).outcome, 'timedOut')
  })
  test('what later jobs need must be there', () => {
    const judged = judge([...good, bad('q')], { q: held })
    const makes = { outputs: ['dist/**'] }
    assert.equal(endWith(end, makes, judged).outcome, 'failed')
    assert.equal(endWith({ ...end, outputs: 'sha256:0' }, makes, judged).outcome, 'succeeded')
  })
  test('a pipeline may want nothing passed over', () => {
    const strict = { ...spec, flaky: { rerunFailed: 0, quarantine: 'ignore' } as const }
    assert.equal(endWith(end, strict, judge([...good, bad('q')], { q: held })).outcome, 'failed')
  })
  test('a pass on a retry is a success that is told, new or known', () => {
    const judged = judge([...good, retried('n'), retried('k')], { k: flaky })
    const ended = endWith({ outcome: 'succeeded' }, spec, judged)
    assert.deepEqual(ended.tested?.retriedNew, { count: 1, names: ['n'] })
    assert.deepEqual(ended.tested?.retriedKnown, { count: 1, names: ['k'] })
    assert.equal(endWith({ outcome: 'succeeded' }, spec, judge(good, {})).tested, undefined)
  })
  test('no failing case outside of quarantine ever ends in success', () => {
    const states = fc.constantFrom('good', 'bad', 'retried', 'held')
    fc.assert(
      fc.property(fc.array(states, { minLength: 1, maxLength: 30 }), fc.boolean(), (all, isCut) => {
        const cases = all.map((state, i) => {
          if (state === 'good') return one(`t${i}`)
          return state === 'retried' ? retried(`t${i}`) : bad(`t${i}`)
        })
        const known = Object.fromEntries(
          all.flatMap((state, i) => (state === 'held' ? [[`t${i}`, held]] : [])),
        )
        const { outcome, tested } = endWith(end, spec, judge(cases, known, isCut))
        if (outcome !== 'succeeded') return
        assert.ok(!all.includes('bad') && !isCut)
        assert.equal(tested?.quarantined.count, all.filter((state) => state === 'held').length)
      }),
    )
  })
})

describe('which reports are believed', () => {
  test('an outage scores nobody: more than four fifths, of five at least', () => {
    assert.equal(isOutage([one('a'), ...['b', 'c', 'd', 'e'].map(bad)]), false)
    assert.equal(isOutage(['a', 'b', 'c', 'd', 'e'].map(bad)), true)
    assert.equal(isOutage([bad('a'), bad('b')]), false)
    assert.equal(isOutage([one('s', { outcome: 'skipped', passes: 0 }), ...good, bad('b')]), false)
  })
  test('a job that was lost, stopped or could not begin says nothing of a test', () => {
    const why = (outcome: 'failed' | 'timedOut' | 'lost' | 'cancelled', reason: never) =>
      whyPassedOver({ outcome, reason, cases: [bad('a'), ...good] })
    assert.match(why('lost', 'lost.runner' as never), /lost.runner/)
    assert.match(why('failed', 'infra.setup' as never), /infra.setup/)
    assert.match(why('timedOut', 'timeout.wall' as never), /timeout.wall/)
    assert.match(why('cancelled', 'cancelled.by' as never), /cancelled.by/)
    assert.equal(why('failed', 'tests' as never), '')
  })
})
