import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeTick, startJudge } from './judge.ts'
import { settingsFrom } from './settings.ts'
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

describe('a burst that was not confirmed', () => {
  // The stable release never fails: one null is lost sooner than the other. A third of a tick fails
  // at 20 %, one request a tick at 2 %, and then nothing.
  const settings = settingsFrom({
    ...{ alpha: 0.02, delta: 0.002, tickMs: 5_000, requestsMin: 100, automaticRollback: true },
  })
  const burst = [40, 1, 1]
  const past = { requests: 50_000, bad: 0 }
  const good = Array.from({ length: 20 }, () => ({ weight: 20, requests: 118, bad: 0 }))
  const bad = burst.map((failed, i) =>
    i === 0 ? { weight: 20, requests: 118, bad: failed } : { weight: 2, requests: 12, bad: failed },
  )
  const settling = Array.from({ length: 2 * settings.brakeTicks }, () => ({
    ...{ weight: 2, requests: 12, bad: 0 },
  }))
  function judged() {
    let state = startJudge(settings)
    return [...good, ...bad, ...settling.slice(bad.length - 3), ...good].map((seen, i) => {
      const { weight, ...canary } = seen
      const stable = { requests: canary.requests * (100 / weight - 1), bad: 0 }
      const pods = ['a', 'b'].map((id) => ({ id, requests: stable.requests / 2, bad: 0 }))
      const tick = { canary, stable, pods, ...(i === 0 && { past }) }
      const step = judgeTick(settings, state, tick, weight)
      state = step.state
      return step.verdict.verdict
    })
  }
  it('is not suspected again by the good ticks after it', () => {
    const verdicts = judged()
    const first = verdicts.indexOf('brake')
    assert.equal(first, good.length)
    const over = verdicts.findIndex((verdict, i) => i > first && verdict !== 'brake')
    assert.ok(over > first && !verdicts.includes('rollback'), verdicts.join())
    assert.ok(!verdicts.slice(over).includes('brake'), verdicts.slice(over).join())
  })
})
