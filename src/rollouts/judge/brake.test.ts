import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Braking, brakeTick, brakedWeight, startBrake } from './brake.ts'

const TICKS = 18
function play(suspect: readonly boolean[], weight = 20) {
  let brake = startBrake
  const said: Braking[] = []
  for (const isSuspect of suspect) {
    const step = brakeTick(brake, { isSuspect, weight, ticks: TICKS })
    brake = step.brake
    said.push(step.is)
  }
  return { brake, said }
}
const times = (n: number, is: boolean) => Array.from({ length: n }, () => is)

describe('the brake', () => {
  it('comes on at the first suspicion, for its time and the lag of the router', () => {
    const { said, brake } = play([false, true, ...times(TICKS + 2, false)])
    assert.deepEqual([said[0], said[1], said.at(-2), said.at(-1)], ['off', 'on', 'on', 'released'])
    assert.equal(brakedWeight(brake), 2)
  })
  it('comes on three times, and then a person looks', () => {
    const { said } = play(times(4 * (TICKS + 3), true))
    assert.equal(said.filter((is) => is === 'released').length, 3)
    assert.equal(said.at(-1), 'worn')
  })
  it('is of no use at full weight', () => assert.deepEqual(play([true], 100).said, ['off']))
})
