import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { logEvidence } from './bet.ts'
import { type RatioState, excessOf, ratioOf, ratioTick, startRatio } from './ratio-test.ts'
import { type MetricSettings, settingsFrom } from './settings.ts'
import { PRIOR } from './split.ts'

const settings = settingsFrom({
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
})
const CAP = 0.4 * Math.log(50)
const errors: MetricSettings = {
  id: 'errors',
  weight: 1,
  isDry: false,
  alternatives: [1.4, 2.2, 4, 10, 50],
  sigma: 0.05,
  delta: 1e-4,
  expectedShare: 0.001,
  warmTicks: 0,
}

interface Tick {
  readonly canary: readonly [requests: number, bad: number]
  readonly stable: readonly [requests: number, bad: number]
}
function run(ticks: readonly Tick[], metric = errors, from = startRatio(metric)): RatioState {
  return ticks.reduce(
    (state, { canary, stable }) =>
      ratioTick(settings, metric, state, {
        canary: { requests: canary[0], bad: canary[1] },
        baseline: { requests: stable[0], bad: stable[1] },
        noise: { phi: 1, sigma: metric.sigma },
      }),
    from,
  )
}
const evidence = (ticks: readonly Tick[], metric = errors) => logEvidence(run(ticks, metric))
const times = (n: number, tick: Tick) => Array.from({ length: n }, () => tick)
const near = (a: number, b: number, tolerance: number) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`)

/** Failures are rare, as they are in ticks worth judging one by one. */
const tick: fc.Arbitrary<Tick> = fc
  .tuple(fc.integer({ min: 100, max: 2000 }), fc.integer({ min: 500, max: 9000 }))
  .chain(([n, m]) =>
    fc.record({
      canary: fc.nat(Math.ceil(n / 40)).map((bad) => [n, bad] as const),
      stable: fc.nat(Math.ceil(m / 40)).map((bad) => [m, bad] as const),
    }),
  )
const ticks = fc.array(tick, { minLength: 1, maxLength: 12 })

const GOOD: Tick = { canary: [100, 0], stable: [1900, 2] }
const BAD: Tick = { canary: [100, 3], stable: [1900, 2] }

describe('evidence', () => {
  it('starts at one', () => near(logEvidence(startRatio(errors)), 0, 1e-5))
  it('stays while nothing fails, and falls once the stable release is known never to', () => {
    const quiet = { canary: [100, 0], stable: [1900, 0] } as const
    near(evidence(times(20, quiet)), 0, 1e-5)
    // What is left is the stake held back.
    assert.ok(evidence(times(2000, quiet)) < -0.3)
  })
  it('falls while the canary is well', () => assert.ok(evidence(times(30, GOOD)) < -1))
  it('rises while it is not', () => assert.ok(evidence(times(10, BAD)) > Math.log(1 / 0.02)))
  it('never overflows', () => {
    const crash = times(5000, { canary: [1000, 1000], stable: [9000, 1] })
    assert.ok(Number.isFinite(evidence(crash)) && evidence(crash) > 30)
    assert.ok(run(crash).uncapped.every(Number.isFinite))
    const well = run(times(5000, { canary: [1000, 0], stable: [9000, 900] }))
    assert.ok(Number.isFinite(logEvidence(well)))
  })
  it('is found however late the trouble starts', () => {
    const needed = (before: number) => {
      const state = run(times(before, GOOD))
      return [...Array(100).keys()].find(
        (n) => logEvidence(run(times(n, BAD), errors, state)) > Math.log(1 / 0.02),
      )
    }
    const [atOnce = 99, afterAnHour = 99, afterADay = 99] = [0, 360, 8640].map(needed)
    assert.ok(atOnce <= 6, `at once: ${atOnce}`)
    assert.ok(afterAnHour <= atOnce + 6, `after an hour: ${afterAnHour}`)
    assert.ok(afterADay <= afterAnHour + 8, `after a day: ${afterADay}`)
  })
})

describe('innocence', () => {
  it('is an excess of less than δ, however plain', () => {
    // δ makes 0.1 % of failures three times that: two and a half times is innocent, five is not.
    const metric = { ...errors, delta: 0.002 }
    const at = (bad: number) => times(60, { canary: [10_000, bad], stable: [90_000, 90] })
    assert.ok(evidence(at(25), metric) < 0)
    assert.ok(evidence(at(25), { ...metric, delta: 0 }) > 10)
    assert.ok(evidence(at(50), metric) > 10)
  })
  it('of δ does not hide three times as many failures of one in ten thousand', () => {
    const trebled = { canary: [2000, 0.6], stable: [38_000, 3.8] } as const
    const needed = (delta: number) =>
      [...Array(200).keys()].find(
        (n) => evidence(times(n, trebled), { ...errors, delta }) > Math.log(1 / 0.02),
      ) ?? 200
    // A fifth more is nobody's concern.
    const [strict, lenient] = [needed(0), needed(2e-5)]
    assert.ok(lenient <= 1.25 * strict, `${lenient} ticks, and ${strict} without δ`)
  })
  it('is to differ as instances do, however plain', () => {
    const metric = { ...errors, delta: 0 }
    const tenth = times(200, { canary: [10_000, 110], stable: [90_000, 900] })
    assert.ok(evidence(tenth, metric) < 0)
    assert.ok(evidence(tenth, { ...metric, sigma: 0.001, alternatives: [1.1] }) > 5)
  })
  it('is learned: an odd instance stays innocent once it is known', () => {
    const metric = { ...errors, delta: 0, sigma: 0.1, alternatives: [1.4] }
    const odd = (n: number) =>
      evidence(times(n, { canary: [10_000, 140], stable: [90_000, 900] }), metric)
    assert.ok(odd(10) > 0)
    // What is left is the part of the belief that is redrawn every tick.
    const growth = (odd(200) - odd(50)) / 150
    assert.ok(growth < 1.1 * settings.redraw, `${growth} a tick`)
  })
  it('may change from tick to tick', () => {
    const { belief } = run(times(500, { canary: [10_000, 90], stable: [90_000, 900] }))
    assert.ok(Math.min(...belief.map((p, k) => p / (PRIOR[k] ?? 1))) >= settings.redraw * 0.999)
  })
  it('takes failures in two ticks to lose', () => {
    const { canaryBad, canaryBadTicks } = run([GOOD, BAD, GOOD, BAD])
    assert.deepEqual([canaryBad, canaryBadTicks], [6, 2])
  })
})

describe('the laws of one tick', () => {
  it('no tick adds more than the cap, and the uncapped twin never has less', () => {
    fc.assert(
      fc.property(ticks, tick, (before, next) => {
        const state = run(before)
        const after = run([next], errors, state)
        assert.ok(logEvidence(after) - logEvidence(state) <= CAP + 1e-9)
        // It is kept to a thousandth of a nat, tick by tick.
        const rounding = (before.length + 1) * 1e-3
        for (const [j, log] of after.uncapped.entries())
          assert.ok(log >= (after.alike[j] ?? 0) - rounding)
      }),
    )
  })
  it('another canary failure never lowers the evidence', () => {
    fc.assert(
      fc.property(ticks, tick, (before, next) => {
        const state = run(before)
        const worse: Tick = { ...next, canary: [next.canary[0], next.canary[1] + 1] }
        const gain = (last: Tick) => logEvidence(run([last], errors, state))
        assert.ok(gain(worse) >= gain(next) - 1e-12)
      }),
    )
  })
  it('a rate that changes for both arms alike changes nothing', () => {
    const metric = { ...errors, delta: 0 }
    const scale = fc.integer({ min: 1, max: 1000 })
    fc.assert(
      fc.property(ticks, scale, (list, factor) => {
        // The same failures of many times the requests; rare, so that requests cannot run out.
        const scaled = (by: number) =>
          list.map(({ canary, stable }): Tick => ({
            canary: [canary[0] * 1e7 * by, canary[1]],
            stable: [stable[0] * 1e7 * by, stable[1]],
          }))
        near(evidence(scaled(factor), metric), evidence(scaled(1), metric), 1e-5)
      }),
    )
  })
  it('two half ticks say what the whole one does, where the cap does not bind', () => {
    // Arms of a size: two failures then say less than the cap.
    const half = fc.record({
      canary: fc.nat(1).map((bad) => [9500, bad] as const),
      stable: fc.nat(3).map((bad) => [9500, bad] as const),
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(half, half), { maxLength: 6, minLength: 1 }), (pairs) => {
        const sum = (a: Tick['canary'], b: Tick['canary']) => [a[0] + b[0], a[1] + b[1]] as const
        const merged = pairs.map(([a, b]) => ({
          canary: sum(a.canary, b.canary),
          stable: sum(a.stable, b.stable),
        }))
        // Belief is redrawn and late stakes are placed once a tick, which differs a little. δ is
        // left out, since half a tick later the baseline is known a little better.
        const metric = { ...errors, delta: 0 }
        near(evidence(merged, metric), evidence(pairs.flat(), metric), 0.05)
      }),
    )
  })
})

describe('what the canary does now', () => {
  it('is as bad as the baseline before anything was seen', () =>
    assert.equal(ratioOf(startRatio(errors)), 1))
  it('is estimated from its last ticks', () => {
    const fiveTimes = run(times(40, { canary: [1000, 50], stable: [9000, 90] }))
    near(ratioOf(fiveTimes), 5, 0.3)
    near(excessOf(fiveTimes), 0.04, 0.001)
    const well = run(times(100, { canary: [1000, 10], stable: [9000, 90] }), errors, fiveTimes)
    near(ratioOf(well), 1, 0.1)
  })
})
