import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  backoffMs,
  born,
  ended,
  MISSES_MAX,
  probed,
  SETTLED_MS,
  START_MS,
  type Life,
} from './life.ts'

const after = (life: Life, ...answers: boolean[]) =>
  answers.reduce((l, isHealthy) => probed(l, isHealthy, 1000), life)
const ready = after(born(0), true)

describe('life of an instance', () => {
  it('is ready with its first healthy answer', () => {
    assert.equal(born(0).state, 'starting')
    assert.equal(after(born(0), false, false, false, false, false).state, 'starting')
    assert.equal(ready.state, 'ready')
  })

  it('is unhealthy after three misses in a row, and ready again after one answer', () => {
    assert.equal(after(ready, false, false, true, false, false).state, 'ready')
    const ill = after(ready, ...Array<boolean>(MISSES_MAX).fill(false))
    assert.equal(ill.state, 'unhealthy')
    assert.equal(after(ill, false).state, 'unhealthy')
    assert.equal(after(ill, true).state, 'ready')
  })

  it('is unhealthy when it takes longer than a minute to start', () => {
    assert.equal(probed(born(0), false, START_MS - 1).state, 'starting')
    assert.equal(probed(born(0), false, START_MS).state, 'unhealthy')
  })

  it('is not revived by a late answer', () =>
    assert.equal(probed(ended(ready, 0), true, 1).state, 'exited'))

  it('forgets its crashes once it has stayed ready', () => {
    const again = probed(born(0, 4), true, 0)
    assert.equal(ended(again, 1).crashes, 5)
    assert.equal(ended(probed(again, true, SETTLED_MS), SETTLED_MS).crashes, 1)
  })

  it('waits longer after each crash, within bounds', () => {
    assert.equal(backoffMs(1, 0.5), 250)
    assert.equal(backoffMs(2, 0.5), 500)
    assert.equal(backoffMs(1000, 0.5), 10_000)
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (crashes, jitter) => {
        const ms = backoffMs(crashes, jitter)
        assert.ok(ms >= 187.5 && ms <= 12_500)
      }),
    )
  })
})
