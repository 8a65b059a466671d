import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { guardrail, guardrailTick, startGuardrail } from './guardrail.ts'
import type { Observation } from './observation.ts'

type Counts = readonly [requests: number, bad: number] | null
const arm = (counts: Counts) => counts && { requests: counts[0], bad: counts[1], slow: 0 }
const seen = (canary: Counts, stable: Counts): Observation => ({
  canary: arm(canary),
  stable: arm(stable),
  pods: [],
})
function verdictOf(...ticks: readonly Observation[]) {
  const last = ticks.at(-1) ?? seen(null, null)
  return guardrail(ticks.reduce(guardrailTick, startGuardrail), last)
}

describe('guardrail', () => {
  it('rolls back a canary that fails every request', () =>
    assert.equal(verdictOf(seen([40, 40], [160, 0])), 'rollback'))
  it('rolls back within three ticks when it breaks later', () => {
    const before = Array.from({ length: 20 }, () => seen([40, 0], [160, 0]))
    const broken = seen([40, 40], [160, 0])
    assert.equal(verdictOf(...before, broken, broken), 'rollback')
  })
  it('forgives a single bad tick among good ones', () => {
    const good = seen([40, 0], [160, 0])
    assert.equal(verdictOf(good, good, good, seen([40, 40], [160, 0])), undefined)
  })
  it('freezes when the stable release fails too', () =>
    assert.equal(verdictOf(seen([40, 40], [160, 60])), 'freeze'))
  it('waits for requests enough to judge by', () =>
    assert.equal(verdictOf(seen([19, 19], [160, 0])), undefined))
  it('has nothing to say of a canary that is half well', () =>
    assert.equal(verdictOf(seen([40, 19], [160, 0])), undefined))
  it('does not take an unheard stable release for a failing one', () =>
    assert.equal(verdictOf(seen([40, 40], null)), 'rollback'))
  it('says nothing in a tick without the canary', () =>
    assert.equal(verdictOf(seen([40, 40], [160, 0]), seen(null, [160, 0])), undefined))
})
