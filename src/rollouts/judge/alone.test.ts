import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AnalysisTick, ArmCounts } from '../events.ts'
import { judgeTick, startJudge } from './judge.ts'
import { settingsFrom } from './settings.ts'

const settings = settingsFrom({
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
})
const arm = (requests: number, bad = 0, slow = 0): ArmCounts => ({ requests, bad, slow })
const both = (canary: ArmCounts, stable: ArmCounts | null): AnalysisTick => ({
  canary,
  stable,
  pods: [],
})
const times = (n: number, tick: AnalysisTick) => Array.from({ length: n }, () => tick)
/** A canary that did well at 50 %, then all traffic. */
const BEFORE = times(13, both(arm(500, 1, 5), arm(500, 1, 5)))

function verdictOf(before: readonly AnalysisTick[], after: readonly AnalysisTick[]) {
  const state = before.reduce(
    (past, tick) => judgeTick(settings, past, tick, 50).state,
    startJudge(settings),
  )
  const end = { state, at: 0, said: '' }
  for (const [i, tick] of after.entries()) {
    const step = judgeTick(settings, end.state, tick, 100)
    Object.assign(end, { state: step.state, at: i + 1, said: outcome(step.verdict) })
    if (step.verdict.verdict === 'rollback') break
  }
  return end
}
const outcome = ({ verdict, reason }: { verdict: string; reason: string }) => `${verdict} ${reason}`

describe('a release with all traffic', () => {
  for (const stable of [null, arm(0)])
    for (const share of [0.1, 0.3, 0.5]) {
      const told = stable === null ? 'gone' : 'idle'
      it(`that turns ${share * 100} % bad is rolled back, with the stable arm ${told}`, () => {
        const bad = times(10, both(arm(1000, 1000 * share), stable))
        const { said, at } = verdictOf(BEFORE, [...times(6, both(arm(1000, 2), stable)), ...bad])
        assert.equal(said, 'rollback past-errors')
        assert.ok(at <= 6 + 5, `${at}`)
      })
    }
  it('that turns slow is rolled back', () => {
    const slow = times(20, both(arm(1000, 2, 200), null))
    assert.equal(verdictOf(BEFORE, slow).said, 'rollback past-p99')
  })
  it('is forgiven three times the failures of before: services have their hours', () =>
    assert.equal(verdictOf(BEFORE, times(200, both(arm(1000, 6), null))).said, 'continue healthy'))
  it('is forgiven one tick, however bad', () => {
    const ticks = [both(arm(1000, 300), null), ...times(60, both(arm(1000, 2), null))]
    assert.equal(verdictOf(BEFORE, ticks).said, 'continue healthy')
  })
  it('is judged by what the stable release had counted before, where there was no canary', () => {
    const first = { ...both(arm(1000, 1), null), past: arm(50_000, 50) }
    const bad = times(10, both(arm(1000, 100), null))
    assert.equal(verdictOf([], [first, ...bad]).said, 'rollback past-errors')
  })
  it('is left to the guardrail where nothing is known of before', () => {
    const bad = times(10, both(arm(1000, 100), null))
    assert.equal(verdictOf([], bad).said, 'continue healthy')
  })
  it('is not measured by a past that was as bad', () => {
    const ill = times(13, both(arm(500, 50), arm(500, 50)))
    assert.equal(verdictOf(ill, times(60, both(arm(1000, 100), null))).said, 'continue healthy')
  })
})
