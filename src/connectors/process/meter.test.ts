import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { advance, totals, type Meter, type Reading } from './meter.ts'

const fold = (readings: readonly Reading[]) =>
  readings.reduce<Meter | undefined>((meter, reading) => advance(meter, reading), undefined)
const at = (epoch: string, ...values: number[]): Reading => ({ epoch, values })

describe('meter', () => {
  it('adds what every life of the counting process counted last', () => {
    const meter = fold([at('a', 5, 1), at('a', 9, 1), at('b', 0, 0), at('b', 3, 2), at('c', 1, 0)])
    assert.deepEqual(meter && totals(meter), [13, 3])
  })

  it('takes a fall within one life for a new beginning', () => {
    const meter = fold([at('a', 9), at('a', 2)])
    assert.deepEqual(meter && totals(meter), [11])
  })

  it('never falls', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ epoch: fc.constantFrom('a', 'b'), values: fc.tuple(fc.nat()) })),
        (readings) => {
          let before = 0
          let meter: Meter | undefined
          for (const reading of readings) {
            meter = advance(meter, reading)
            const [now = 0] = totals(meter)
            assert.ok(now >= before)
            before = now
          }
        },
      ),
    ))
})
