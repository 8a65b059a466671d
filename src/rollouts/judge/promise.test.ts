import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { promise, promiseTick, startPromise } from './promise.ts'

const arm = (requests: number, bad: number) => ({ requests, bad, slow: 0 })
function found(canary: readonly [number, number], stable: readonly [number, number], ticks = 3) {
  let state = startPromise
  for (let t = 0; t < ticks; t++)
    state = promiseTick(state, { canary: arm(...canary), stable: arm(...stable), pods: [] })
  return promise(0.01, state)
}

describe('the promise of a service', () => {
  it('is broken beyond chance: rollback', () =>
    assert.equal(found([1000, 40], [9000, 20]), 'rollback'))
  it('is broken by both arms: freeze', () => assert.equal(found([1000, 40], [9000, 400]), 'freeze'))
  it('is kept where so few requests say little', () =>
    assert.equal(found([10, 1], [90, 0]), undefined))
  it('is kept at its very limit', () => assert.equal(found([1000, 10], [9000, 90], 50), undefined))
  it('is none where none was given', () => {
    const state = promiseTick(startPromise, { canary: arm(9, 9), stable: null, pods: [] })
    assert.equal(promise(undefined, state), undefined)
  })
})
