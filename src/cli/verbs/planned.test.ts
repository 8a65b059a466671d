import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { placeOf, planLines } from './planned.ts'

const plan = { strategy: 'rolling', steps: [], bakeMs: 60_000, replicas: 4 }
const half = { weight: 50, bakeMs: 15_000, instances: 2 }

describe('a plan in words', () => {
  it('of batches counts instances', () => {
    const batched = { ...plan, steps: [half] }
    assert.deepEqual(planLines(batched), [
      '50 %, 2 of 4 instances, bakes 15s',
      '100 %, 4 of 4 instances, bakes 1m',
    ])
    assert.equal(placeOf({ plan: batched, step: -1 }), '  batch 1 of 2')
    assert.equal(placeOf({ plan: batched, step: 1 }), '  batch 2 of 2')
  })
  it('of waves names them', () => {
    const waved = { ...plan, steps: [{ ...half, wave: 'europe' }], waves: ['europe', 'rest'] }
    assert.match(planLines(waved)[0] ?? '', /^europe: 50 %/)
    assert.match(planLines(waved)[1] ?? '', /^rest: 100 %/)
    assert.equal(placeOf({ plan: waved, step: 0 }), '  wave 1 of 2, europe')
    assert.equal(placeOf({ plan: waved, step: 1 }), '  wave 2 of 2, rest')
  })
  it('of blue-green says what comes before and after', () =>
    assert.deepEqual(planLines({ ...plan, strategy: 'blue-green', warmMs: 300_000 }), [
      'smoke test before any traffic',
      '100 %, bakes 1m',
      'the release before stays warm for 5m',
    ]))
  it('of a canary is its weights', () => {
    const canary = { ...plan, strategy: 'canary', steps: [{ weight: 5, bakeMs: 120_000 }] }
    assert.deepEqual(planLines(canary), ['5 %, bakes 2m', '100 %, bakes 1m'])
    assert.equal(placeOf({ plan: canary, step: 0 }), '')
  })
})

it('says by what a canary with a ramp is raised, and what if it proves nothing', () => {
  const ramp = { budget: 30, weightCap: 20, patienceMs: 5_400_000, whenUnproven: 'ask' } as const
  const steps = [{ weight: 20, bakeMs: 900_000 }]
  const plan = { strategy: 'canary', steps, bakeMs: 300_000, replicas: 2, analysis: { ramp } }
  assert.deepEqual(planLines(plan), [
    'up to 20 % as fast as a budget of 30 bad requests bears',
    'no further until it is proven to be no worse; after 1h 30m a person decides',
    '20 %, bakes 15m',
    '100 %, bakes 5m',
  ])
})
