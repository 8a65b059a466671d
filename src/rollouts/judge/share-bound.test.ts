import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { shareAtMost } from './share-bound.ts'

describe('the largest share of failures that can be believed', () => {
  it('is anything before a request', () =>
    assert.equal(shareAtMost({ requests: 0, bad: 0 }, 0.05), 1))
  it('falls with requests that do not fail, about as nine through their number', () => {
    const bound = shareAtMost({ requests: 90_000, bad: 0 }, 0.05)
    assert.ok(bound > 0.8e-4 && bound < 1.1e-4, `${bound}`)
  })
  it('is above what was seen, and comes close to it', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (n, p) => {
          const bad = Math.floor(n * p)
          const bound = shareAtMost({ requests: n, bad }, 0.05)
          assert.ok(bound >= bad / n && bound <= 1)
          assert.ok(bound <= bad / n + 8 * Math.sqrt(((bad + 1) * 2) / n / n) + 12 / n, `${bound}`)
        },
      ),
    ))
  it('is passed by the truth in one of twenty rollouts at most, at whatever look', () => {
    // A generator of its own: the figure is the same on every run.
    let seed = 1
    const next = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    const share = 0.02
    let passed = 0
    for (let rollout = 0; rollout < 200; rollout++) {
      let [bad, isPassed] = [0, false]
      for (let n = 1; n <= 1_000; n++) {
        if (next() < share) bad++
        if (n % 20 === 0) isPassed ||= shareAtMost({ requests: n, bad }, 0.05) < share
      }
      if (isPassed) passed++
    }
    assert.ok(passed <= 10, `${passed} of 200`)
  })
})
