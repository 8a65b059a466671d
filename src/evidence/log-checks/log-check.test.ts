import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { logCheck, type LogCheckCommand, nextFrom } from './log-check.ts'

const MAKE: LogCheckCommand = {
  type: 'logCheck.make',
  at: 1,
  by: 'system',
  epoch: 1,
  from: 0,
  to: 256,
  size: 300,
  mismatches: 0,
  first: null,
}

it('a look is on record once', () => {
  assert.deepEqual(logCheck.decide(MAKE, logCheck.initial), [{ ...MAKE, type: 'logCheck.made' }])
  const made = logCheck.evolve(logCheck.initial, { ...MAKE, type: 'logCheck.made' })
  assert.deepEqual(logCheck.decide(MAKE, made), [])
})

it('every entry is looked at again, however the log grows meanwhile', () =>
  fc.assert(
    fc.property(
      fc.array(fc.nat(400), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 300 }),
      (grown, piece) => {
        let [size, last] = [0, undefined as { epoch: number; to: number } | undefined]
        const seen = new Set<number>()
        const look = () => {
          const from = nextFrom(last, { epoch: 1, size }, piece)
          const to = Math.min(size, from + piece)
          for (let at = from; at < to; at++) seen.add(at)
          last = { epoch: 1, to }
        }
        for (const more of grown) {
          size += more
          look()
        }
        for (let looks = 0; looks <= 2 + (2 * size) / piece; looks++) look()
        assert.equal(seen.size, size)
      },
    ),
  ))

it('in another epoch it begins anew', () =>
  assert.equal(nextFrom({ epoch: 1, to: 256 }, { epoch: 2, size: 900 }, 256), 0))
