import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isSampleRatioOff, sampleRatioTick, startSampleRatio } from './sample-ratio.ts'

const tick = (canary: number, stable: number) => ({
  canary: { requests: canary, bad: 0, slow: 0 },
  stable: { requests: stable, bad: 0, slow: 0 },
  pods: [],
})
const times = (n: number, one: ReturnType<typeof tick>) => Array.from({ length: n }, () => one)
function isOff(ticks: readonly ReturnType<typeof tick>[], weight = 5) {
  const end = ticks.reduce((state, one) => sampleRatioTick(state, one, weight), startSampleRatio)
  return isSampleRatioOff(end)
}

describe('sample ratio', () => {
  it('is right when the canary gets its weight', () =>
    assert.equal(isOff(times(100, tick(50, 950))), false))
  it('is right a fifth off: instances are few and requests stick', () => {
    assert.equal(isOff(times(100, tick(60, 940))), false)
    assert.equal(isOff(times(100, tick(40, 960))), false)
  })
  it('is off when the canary gets twice or half its share', () => {
    assert.equal(isOff(times(20, tick(100, 900))), true)
    assert.equal(isOff(times(20, tick(20, 980))), true)
  })
  it('gives a change of weight a moment to arrive', () => {
    assert.equal(isOff(times(4, tick(0, 1000))), false)
    assert.equal(isOff(times(5, tick(0, 1000))), true)
  })
  it('is right again as soon as the shares agree', () =>
    assert.equal(isOff([...times(50, tick(500, 500)), tick(50, 950)]), false))
  it('compares nothing at no weight and at all of it', () => {
    for (const weight of [0, 100]) assert.equal(isOff(times(50, tick(500, 500)), weight), false)
  })
  it('needs more than chance', () => {
    // Twenty requests cannot tell 5 % from anything within reason.
    fc.assert(fc.property(fc.nat(3), (canary) => assert.equal(isOff([tick(canary, 17)]), false)))
  })
})
