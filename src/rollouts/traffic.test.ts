import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { trafficOf } from './traffic.ts'

const arm = (requests: number, bad = 0) => ({ requests, bad, slow: 0 })
const tick = (
  s: number,
  canary: ReturnType<typeof arm> | null,
  stable: ReturnType<typeof arm> | null,
) => ({
  at: 1000 * s,
  canary,
  stable,
})

describe('the traffic of a slot', () => {
  it('is both parts together, by the time between measurements', () => {
    const ticks = [tick(0, arm(9), arm(9)), tick(10, arm(10), arm(90)), tick(20, arm(100, 1), null)]
    assert.deepEqual(trafficOf([{ isGood: true, ticks }]), {
      requestsPerS: 10,
      badShare: 0.005,
      requests: 200,
      at: 20_000,
    })
  })
  it('does not take the failures of a bad release for the service’s', () => {
    const ticks = [0, 10, 20].map((s) => tick(s, arm(10, 9), arm(90)))
    assert.equal(trafficOf([{ isGood: false, ticks }])?.badShare, 0)
  })
  it('is not known from what was not measured', () => {
    assert.equal(trafficOf([]), undefined)
    assert.equal(trafficOf([{ isGood: true, ticks: [tick(0, arm(1), arm(1))] }]), undefined)
    const blind = [0, 10, 20].map((s) => tick(s, null, null))
    assert.equal(trafficOf([{ isGood: true, ticks: blind }]), undefined)
  })
})
