import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { ramped } from '../../test/support/rollout-world.ts'
import { proofForecast } from './forecast.ts'

const traffic = (requestsPerS: number, badShare: number) => ({
  requestsPerS,
  badShare,
  requests: 1_000,
  at: 0,
})
const of = (requestsPerS: number, badShare: number) =>
  proofForecast(ramped, traffic(requestsPerS, badShare)) ?? assert.fail('no ramp')

describe('the forecast of a proof', () => {
  it('is none where nothing is to be proven', () =>
    assert.equal(proofForecast(aPlan, traffic(10, 0.01)), null))
  it('says that nothing is known where nothing was measured', () => {
    const { ms, says } = proofForecast(ramped, undefined) ?? assert.fail('no ramp')
    assert.equal(ms, null)
    assert.match(says, /no rollout was measured here yet/)
  })
  it('says how long at which weight, by which traffic', () => {
    const { says, advice, isInTime } = of(40, 0.001)
    assert.equal(
      says,
      'At 40 requests a second, 0.1 % of them failing, a proof needs about 33m at 20 %.',
    )
    assert.deepEqual([advice, isInTime], ['', true])
  })
  it('says what happens without one, and what would shorten it', () => {
    const { says, advice, isInTime } = of(8, 0.001)
    assert.match(says, /needs about 2h \d+m at 20 %; after 1h 30m a person is asked\.$/)
    assert.match(advice, /^It would be proven in time with a cap of \d+ % .* or an excess of /)
    assert.equal(isInTime, false)
  })
  it('knows where no weight and no margin would do', () => {
    assert.match(of(0.01, 0.001).advice, /too little traffic/)
    assert.match(of(0, 0).says, /not in sight/)
  })
  it('does not ask a service that never fails for failures', () => {
    const { ms } = of(100, 0)
    assert.ok(ms !== null && ms < 90 * MINUTE, `${ms}`)
  })
  it('is never longer with more traffic', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1e4, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (perS, bad) => {
          const [less, more] = [of(perS, bad).ms, of(2 * perS, bad).ms]
          assert.ok(less === null || (more !== null && more <= less))
        },
      ),
      { numRuns: 50 },
    ))
})
