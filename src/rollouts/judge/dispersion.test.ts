import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PODS_MAX, dispersionTick, noiseOf, startDispersion } from './dispersion.ts'
import type { Pod } from './observation.ts'

const SIGMA_MIN = 0.05
const pod = (id: string, requests: number, bad: number): Pod => ({ id, requests, bad })
const run = (ticks: readonly (readonly Pod[])[]) => ticks.reduce(dispersionTick, startDispersion())
const noise = (ticks: readonly (readonly Pod[])[]) => noiseOf(run(ticks), SIGMA_MIN)
const ids = ['a', 'b', 'c', 'd']

describe('dispersion', () => {
  it('assumes the least before pods were seen', () =>
    assert.deepEqual(noise([]), { phi: 1, sigma: SIGMA_MIN }))
  it('learns nothing of one pod, nor of none with requests', () => {
    assert.deepEqual(run([[pod('a', 100, 50)]]), startDispersion())
    assert.deepEqual(run([[pod('a', 0, 0), pod('b', 0, 0)]]), startDispersion())
  })
  it('finds no noise among equal pods', () =>
    assert.deepEqual(noise(Array.from({ length: 60 }, () => ids.map((id) => pod(id, 100, 1)))), {
      phi: 1,
      sigma: SIGMA_MIN,
    }))
  it('finds a lasting difference as σ', () => {
    // Two pods fail half again as often as the other two: a log ratio of ±0.2.
    const uneven = ids.map((id, i) => pod(id, 1000, i < 2 ? 12 : 8))
    const { phi, sigma } = noise(Array.from({ length: 29 }, () => uneven))
    assert.ok(Math.abs(sigma - 0.2) < 0.02, `σ ${sigma}`)
    assert.ok(phi < 1.5, `φ ${phi}`)
  })
  it('finds bursts as φ, at the length they last', () => {
    const burst = (t: number, length: number) =>
      ids.map((id, i) => pod(id, 1000, Math.floor(t / length) % 4 === i ? 10 : 2))
    const phiOf = (length: number) =>
      noise(Array.from({ length: 240 }, (_, t) => burst(t, length))).phi
    assert.ok(phiOf(1) > 1.5, `single ticks: ${phiOf(1)}`)
    assert.ok(phiOf(6) > 3, `six ticks: ${phiOf(6)}`)
  })
  it('weighs what varied against what should have', () => {
    // Excess ±2 where a coin for each of four requests gives a variance of 1 per pod.
    const { phi } = noise([[pod('a', 50, 4), pod('b', 50, 0)]])
    assert.equal(phi, (400 + 8) / (400 + 2))
  })
  it('does not take what chance does for a lasting difference', () => {
    const by = [9, -9, 0, 0]
    const { sigma } = noise([ids.map((id, i) => pod(id, 1000, 100 + (by[i] ?? 0)))])
    assert.equal(sigma, SIGMA_MIN)
  })
  it('keeps figures that JSON gives back, and short ones', () => {
    const turn = (t: number) => ids.slice(0, 3).map((id, i) => pod(id, 7, i === t % 3 ? 1 : 0))
    const state = run(Array.from({ length: 11 }, (_, t) => turn(t)))
    const tiny = run([[pod('a', 1e6, 1), pod('b', 1, 0)]])
    for (const one of [state, tiny]) assert.deepEqual(JSON.parse(JSON.stringify(one)), one)
    for (const { expected, excess, variance } of state.pods)
      for (const figure of [expected, excess, variance])
        assert.ok(String(figure).length <= '-123.4567'.length, String(figure))
  })
  it('takes no more than a few ticks for a fact', () => {
    const { phi, sigma } = noise([ids.map((id, i) => pod(id, 100, i === 0 ? 3 : 0))])
    assert.ok(phi < 1.1 && sigma < 0.2, `φ ${phi}, σ ${sigma}`)
  })
  it('does not take what chance does with seven failures a pod for a difference', () => {
    const bad = [2, 12, 7, 7, 12, 2, 7, 7]
    const { sigma } = noise([bad.map((each, i) => pod(`p${i}`, 1000, each))])
    assert.ok(sigma < 0.1, `σ ${sigma}`)
    const hundred = noise([bad.map((each, i) => pod(`p${i}`, 10_000, 10 * each))])
    assert.ok(hundred.sigma > 0.3, `σ ${hundred.sigma}`)
  })
  it('lets no broken pod acquit every canary', () => {
    const broken = ids.map((id, i) => pod(id, 1000, i === 0 ? 900 : 1))
    assert.equal(noise(Array.from({ length: 50 }, () => broken)).sigma, 1)
  })
  it('keeps the pods that are there when others come', () => {
    const many = (from: number) =>
      Array.from({ length: PODS_MAX }, (_, i) => pod(`p${10 + from + i}`, 100, 1))
    const { pods } = run([many(0), many(3)])
    assert.deepEqual(
      pods.map((p) => p.id),
      many(3).map((p) => p.id),
    )
    assert.equal(run([[...many(0), ...many(50)]]).pods.length, PODS_MAX)
  })
  it('never goes below its floors and never breaks', () => {
    const count = fc.nat(1000)
    const some = fc.array(fc.tuple(count, count), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(some, { maxLength: 40 }), (list) => {
        const found = noise(list.map((row) => row.map(([n, x], i) => pod(ids[i] ?? '', n + x, x))))
        assert.ok(found.phi >= 1 && Number.isFinite(found.phi))
        assert.ok(found.sigma >= SIGMA_MIN && found.sigma <= 1)
      }),
    )
  })
})
