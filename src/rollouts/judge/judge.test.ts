import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { AnalysisTick, AnalysisVerdict, ArmCounts } from '../events.ts'
import { PODS_MAX } from './dispersion.ts'
import { type JudgeState, judgeTick, startJudge } from './judge.ts'
import { settingsFrom } from './settings.ts'

const analysis = {
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 1000,
  requestsMin: 200,
  automaticRollback: true,
}
const settings = settingsFrom(analysis)
const BYTES_MAX = 4096
const WEIGHT = 20

const arm = (requests: number, bad = 0, slow = 0): ArmCounts => ({ requests, bad, slow })
const tick = (canary: ArmCounts | null, stable: ArmCounts | null): AnalysisTick => ({
  canary,
  stable,
  pods: [],
})
const times = (n: number, one: AnalysisTick) => Array.from({ length: n }, () => one)
const GOOD = tick(arm(40), arm(160, 1, 2))
const BAD = tick(arm(40, 3), arm(160, 1, 2))

interface Step {
  readonly state: JudgeState
  readonly verdict: AnalysisVerdict
}
/** Through JSON between ticks, as a log is read back. */
function* judged(ticks: readonly AnalysisTick[], weight = WEIGHT, from = settings) {
  let state = startJudge(from)
  for (const one of ticks) {
    const step: Step = judgeTick(from, JSON.parse(JSON.stringify(state)), one, weight)
    yield step
    state = step.state
  }
}
function last(ticks: readonly AnalysisTick[], weight = WEIGHT, from = settings): Step {
  return [...judged(ticks, weight, from)].at(-1) ?? assert.fail('no ticks')
}
const outcome = ({ verdict }: Step) => `${verdict.verdict} ${verdict.reason}`

describe('a verdict', () => {
  it('watches until the canary has served enough, then calls it healthy', () => {
    assert.equal(outcome(last(times(4, GOOD))), 'continue watching')
    assert.equal(outcome(last(times(5, GOOD))), 'continue healthy')
  })
  it('counts anew at every weight', () => {
    const { state } = last(times(5, GOOD))
    const next = judgeTick(settings, state, tick(arm(80), arm(120)), 40)
    assert.equal(outcome(next), 'continue watching')
  })
  it('needs more where the service is known for bursts, and nothing where that is no noise', () => {
    const after = (noise: object) => {
      const first = { ...BAD, past: { requests: 1000, bad: 6, ...noise } }
      return last([first, ...times(5, BAD)]).verdict.evidence
    }
    assert.ok(after({ phi: 4, sigma: 0.3 }) < after({ phi: 1, sigma: 0 }))
    for (const wrong of [{ phi: Number.NaN }, { phi: 0.1 }, { sigma: 9 }])
      assert.equal(after(wrong), after({}))
  })
  it('names its evidence, its threshold and how bad the canary is', () => {
    const { verdict } = last(times(3, GOOD))
    assert.equal(verdict.threshold, 50)
    assert.ok(verdict.evidence < 1.1 && verdict.ratio < 1.5)
    assert.equal(last([tick(arm(40), arm(160))]).verdict.ratio.toFixed(1), '0.9')
  })
  it('rolls back what fails more, for errors', () =>
    assert.equal(outcome(last(times(10, BAD))), 'rollback errors'))
  it('rolls back what got slower, for p99', () =>
    assert.equal(outcome(last(times(30, tick(arm(40, 0, 4), arm(160, 0, 2))))), 'rollback p99'))
  it('forgives a fresh process its first slow requests, but no failures', () => {
    const slow = times(12, tick(arm(40, 0, 9), arm(160, 0, 2)))
    assert.equal(outcome(last([...slow, ...times(60, GOOD)])), 'continue healthy')
    assert.equal(outcome(last([...slow, ...slow])), 'rollback p99')
    assert.equal(outcome(last(times(12, tick(arm(40, 3, 9), arm(160, 0, 2))))), 'rollback errors')
  })
  it('keeps to its first rollback', () => {
    const first = last(times(10, BAD))
    const later = last([...times(10, BAD), ...times(200, GOOD), tick(null, null)])
    assert.deepEqual(later.verdict, first.verdict)
    assert.deepEqual(later.state, first.state)
  })
  it('shows evidence that JSON can hold, however much there is', () => {
    const frozen = last(times(1000, tick(arm(40, 40), arm(160, 48))))
    assert.equal(frozen.verdict.verdict, 'freeze')
    assert.equal(frozen.verdict.evidence, 1e12)
  })
  it('is slower where instances differ anyway', () => {
    const evidence = (bad: readonly [number, number]) => {
      const pods = bad.map((b, i) => ({ id: `pod-${i}`, requests: 8000, bad: b }))
      const one = { ...tick(arm(4000, 11), arm(16_000, 32)), pods }
      return last(times(20, one)).verdict.evidence
    }
    assert.ok(evidence([8, 24]) < evidence([16, 16]) / 2)
  })
})

describe('the order of the rules', () => {
  it('guardrail comes before evidence', () =>
    assert.equal(outcome(last(times(9, tick(arm(40, 30), arm(160, 1))))), 'rollback guardrail'))
  it('both arms failing freezes, even against the canary', () =>
    assert.equal(
      outcome(last(times(20, tick(arm(40, 40), arm(160, 80))))),
      'freeze both-arms-failing',
    ))
  it('a freeze ends when the service recovers', () =>
    assert.equal(
      outcome(last([...times(20, tick(arm(40, 40), arm(160, 160))), ...times(9, GOOD)])),
      'continue healthy',
    ))
  it('evidence comes before silence', () => {
    // A single look away from conviction, the next look brings it, and no canary report after.
    const ticks = [...times(10, BAD), tick(null, arm(160))]
    assert.equal(outcome(last(ticks)), 'rollback errors')
  })
  it('a canary that fell silent is rolled back, not held for its share', () =>
    assert.equal(
      outcome(last([...times(5, GOOD), ...times(18, tick(arm(0), arm(200, 1)))])),
      'rollback canary-silent',
    ))
  it('a share far from the weight holds', () =>
    assert.equal(outcome(last(times(20, GOOD), 60)), 'hold sample-ratio'))
  it('a canary without traffic holds', () =>
    assert.equal(outcome(last(times(50, tick(arm(0), arm(200))))), 'hold no-traffic'))
  it('reports that are missing hold', () =>
    assert.equal(outcome(last([...times(5, GOOD), tick(null, null)])), 'hold telemetry-gap'))
  it('all traffic on the canary leaves only the guardrail', () => {
    const alone = (bad: number) => times(10, tick(arm(200, bad), null))
    assert.equal(outcome(last(alone(20), 100)), 'continue healthy')
    assert.equal(outcome(last(alone(150), 100)), 'rollback guardrail')
  })
})

const count = fc.nat(400)
const anyArm = fc.option(fc.record({ requests: count, bad: fc.nat(9), slow: fc.nat(9) }))
const anyTick: fc.Arbitrary<AnalysisTick> = fc.record({
  canary: anyArm,
  stable: anyArm,
  pods: fc.uniqueArray(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), requests: count, bad: fc.nat(5) }),
    { selector: (pod) => pod.id },
  ),
})
const anyTicks = fc.array(anyTick, { minLength: 1, maxLength: 40 })

describe('the laws of the judge', () => {
  it('the same ticks give the same bits, read back from JSON or not', () => {
    fc.assert(
      fc.property(anyTicks, (ticks) => {
        let state = startJudge(settings)
        for (const step of judged(ticks)) {
          const direct = judgeTick(settings, state, ticks[0] ?? GOOD, WEIGHT)
          ticks = ticks.slice(1)
          assert.deepEqual(step, direct)
          assert.deepEqual(JSON.parse(JSON.stringify(step)), step)
          state = direct.state
        }
      }),
    )
  })
  it('the order in which pods are listed changes no bit', () => {
    fc.assert(
      fc.property(anyTicks, (ticks) => {
        const turned = ticks.map((one) => ({ ...one, pods: one.pods.toReversed() }))
        assert.deepEqual([...judged(turned)], [...judged(ticks)])
      }),
    )
  })
  it('a tick without both arms is no evidence', () => {
    const half = [
      tick(null, arm(160, 3)),
      tick(arm(40, 3), null),
      tick(null, null),
      tick(arm(0), arm(160, 3)),
      tick(arm(40, 3), arm(0)),
      tick(arm(40, Number.NaN), arm(160)),
      tick(arm(-5), arm(160)),
    ]
    fc.assert(
      fc.property(anyTicks, fc.constantFrom(...half), (ticks, missing) => {
        const [before, after] = [last(ticks), last([...ticks, missing])]
        assert.deepEqual(after.state.metrics, before.state.metrics)
        assert.equal(after.verdict.evidence, before.verdict.evidence)
      }),
    )
  })
  it('never leaves its numbers', () => {
    fc.assert(
      fc.property(anyTicks, (ticks) => {
        for (const { verdict } of judged(ticks)) {
          assert.ok(verdict.evidence >= 0 && verdict.evidence <= 1e12)
          assert.ok(verdict.ratio > 0 && Number.isFinite(verdict.ratio))
        }
      }),
    )
  })
  it('doubling what hardly ever fails is no reason to roll back', () => {
    // A ten-millionth, doubled, with traffic that makes it as plain as can be.
    const doubled = times(400, tick(arm(1e8, 20), arm(4e8, 40)))
    assert.equal(outcome(last(doubled)), 'continue healthy')
    const noDelta = settingsFrom({ ...analysis, delta: 0 })
    assert.equal(outcome(last(doubled, WEIGHT, noDelta)), 'rollback errors')
  })
  it('its state stays small', () => {
    const pods = Array.from({ length: 20 }, (_, i) => ({
      id: `${10 + i}`.padEnd(40, 'x'),
      requests: 123_457,
      bad: 1000 + 37 * i,
    }))
    const busy = { ...tick(arm(123_457, 1234, 1234), arm(1_234_567, 12_345, 12_345)), pods }
    for (const { state } of judged(times(200, busy), 9)) {
      assert.equal(state.dispersion.pods.length, PODS_MAX)
      assert.ok(Buffer.byteLength(JSON.stringify(state)) <= BYTES_MAX)
    }
  })
})
