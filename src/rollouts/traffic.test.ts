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
  it('leaves out a night in which nobody came, and no lull of one that few use', () => {
    const busy = (from: number) => [0, 10, 20, 30].map((s) => tick(from + s, arm(10), arm(90)))
    const night = Array.from({ length: 360 }, (_, i) => tick(40 + 10 * i, arm(0), arm(0)))
    const ticks = [...busy(0), ...night, ...busy(3_640)]
    assert.equal(trafficOf([{ isGood: true, ticks }])?.requestsPerS, 10)
    // One request a hundred seconds: nine ticks of ten see none.
    const quiet = Array.from({ length: 200 }, (_, i) =>
      tick(10 * i, null, arm(i % 10 === 0 ? 1 : 0)),
    )
    const { requestsPerS = 0 } = trafficOf([{ isGood: true, ticks: quiet }]) ?? {}
    assert.ok(Math.abs(requestsPerS - 0.01) < 0.001, String(requestsPerS))
    assert.equal(trafficOf([{ isGood: true, ticks: night }])?.requestsPerS, 0)
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
