import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { observe } from './observation.ts'

const arm = { requests: 10, bad: 1, slow: 2 }
const tick = { canary: arm, stable: arm, pods: [] }
const pods = (...list: [string, number, number][]) =>
  observe({ ...tick, pods: list.map(([id, requests, bad]) => ({ id, requests, bad })) }).pods

describe('observe', () => {
  it('takes sound counts as they are', () => assert.deepEqual(observe(tick), tick))
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])
    for (const field of ['requests', 'bad', 'slow'] as const)
      it(`calls an arm with ${field} ${wrong} missing`, () => {
        const seen = observe({ ...tick, canary: { ...arm, [field]: wrong } })
        assert.deepEqual(seen, { ...tick, canary: null })
      })
  it('counts a failure of an earlier request as a request of this tick', () =>
    assert.deepEqual(observe({ ...tick, canary: { requests: 0, bad: 3, slow: 0 } }).canary, {
      requests: 3,
      bad: 3,
      slow: 0,
    }))
  it('knows no negative zero, which JSON would not give back', () =>
    assert.deepEqual(observe({ ...tick, canary: { requests: -0, bad: -0, slow: -0 } }).canary, {
      requests: 0,
      bad: 0,
      slow: 0,
    }))
  it('orders pods by id', () =>
    assert.deepEqual(
      pods(['b', 1, 0], ['a', 2, 0]).map((pod) => pod.id),
      ['a', 'b'],
    ))
  it('believes no pods when one is miscounted or listed twice', () => {
    assert.deepEqual(pods(['a', 1, 0], ['b', -1, 0]), [])
    assert.deepEqual(pods(['a', 1, 0], ['a', 1, 0]), [])
  })
  it('keeps long ids by their hash, and apart', () => {
    const ids = pods(['a', 1, 0], ['x'.repeat(41), 1, 0], ['x'.repeat(42), 1, 0]).map(
      ({ id }) => id,
    )
    assert.equal(new Set(ids).size, 3)
    assert.ok(ids.every((id) => id.length <= 12))
  })
})
