import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MINUTE_TICKS } from '../peers/peer.ts'
import type { Scenario } from '../scenarios.ts'
import type { Counted } from '../trace.ts'
import { ours } from './ours.ts'
import { WHOLE_PEERS } from './peers.ts'
import { type Course, type Tool, rollOut, startPerson } from './rollout.ts'
import { Random } from '../random.ts'

const calm: Scenario = { rps: 200, weight: 0, bad: 1e-3 }
const counted = (weight: number, share: number): Counted => {
  const arm = (requests: number) => ({ requests, bad: Math.round(requests * share), latency: [] })
  return {
    weight,
    canary: arm(2000 * weight),
    stable: arm(2000 * (1 - weight)),
    pods: [],
    isCanaryMissing: false,
    isStableMissing: false,
    excess: 0,
  }
}

describe('a whole rollout', () => {
  it('turns the router when the lag is over, and ends when nothing is left', () => {
    const seen: number[] = []
    const tool: Tool = () => ({
      weight: 0.1,
      look({ weight }) {
        seen.push(weight)
        return seen.length < 10 ? 0.2 : 'rollback'
      },
    })
    const { rolledBackBy, bad } = rollOut(tool, { ...calm, crashes: true }, 1)
    assert.deepEqual(seen, [0.1, 0.1, 0.1, ...Array.from({ length: 7 }, () => 0.2)])
    assert.equal(rolledBackBy, 'tool')
    // Three ticks of a tenth, and of a fifth seven with two more until it is gone.
    assert.ok(Math.abs(bad / 2000 - (0.3 + 9 * 0.2)) < 0.1, `${bad}`)
  })
  it('is taken back by a person where the tool sees nothing, by ours before that', () => {
    const asleep: Tool = () => ({ weight: 1, look: () => 1 })
    const { rolledBackBy, bad } = rollOut(asleep, { ...calm, ratio: 10 }, 1)
    assert.equal(rolledBackBy, 'person')
    assert.ok(bad > 1000)
    assert.equal(rollOut(asleep, { ...calm, ratio: 2 }, 1).rolledBackBy, undefined)
    const own = rollOut(ours, { ...calm, ratio: 10 }, 1)
    assert.equal(own.rolledBackBy, 'tool')
    assert.ok(own.bad < 100)
  })
  it('pages nobody for a canary, nor for what passes', () => {
    const looks = (weight: number, shares: readonly number[]) => {
      const person = startPerson(1e-3)
      return shares.filter((share) => person.look(counted(weight, share))).length
    }
    const burning = Array.from({ length: 200 }, () => 0.01)
    assert.ok(looks(0.8, burning) > 0)
    assert.equal(looks(0.5, burning), 0)
    assert.equal(looks(0.8, [...burning.slice(0, 60), ...burning.map(() => 0.001)]), 0)
  })
})

describe('the ways of others', () => {
  /** The percents that it goes through, each once, in so many minutes; "back" at the end. */
  function way(name: string, minutes: number, share: number): readonly (number | 'back')[] {
    const course = WHOLE_PEERS[name]?.(calm, new Random(1)) as Course
    const weights: (number | 'back')[] = [100 * course.weight]
    let { weight } = course
    for (let t = 0; t < minutes * MINUTE_TICKS; t++) {
      const wanted = course.look(counted(weight, share))
      if (wanted === 'rollback') return [...weights, 'back']
      if (wanted !== weight) weights.push(Math.round(100 * wanted))
      weight = wanted
    }
    return weights
  }
  it('are those of their documents while all is well', () => {
    assert.deepEqual(way('argo docs', 60, 0.001), [20, 40, 60, 80, 100])
    assert.deepEqual(way('argo docs', 39, 0.001), [20, 40, 60, 80])
    const flagger = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 100]
    assert.deepEqual(way('flagger docs', 30, 0.001), flagger)
    assert.deepEqual(way('kayenta 5% 60m', 61, 0.001), [5, 100])
  })
  it('end where their thresholds are passed', () => {
    assert.deepEqual(way('argo docs', 60, 0.1), [20, 40, 'back'])
    assert.deepEqual(way('flagger docs', 30, 0.1), [5, 'back'])
    // Both arms alike: whoever compares goes on.
    assert.deepEqual(way('kayenta 5% 60m', 61, 0.1), [5, 100])
    assert.deepEqual(way('argo 5x of stable', 60, 0.1), [20, 40, 60, 80, 100])
  })
})
