import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { deployment, tick } from '../../fixtures.ts'
import { railOf, waitsFor } from './rail.ts'

const states = (facts: Partial<DeploymentDetail>, now = 40_000) =>
  railOf(deployment(facts), now).map(({ name, state }) => `${name} ${state}`)

it('begins with its instances', () => {
  assert.deepEqual(states({ readyAt: null, step: -1, weight: 0, weights: [] }), [
    'Instances current',
    '10 % ahead',
    '50 % ahead',
    '100 % ahead',
    'Validated ahead',
  ])
})
it('counts how long it has been where it stands', () => {
  const current = railOf(deployment(), 40_000)[1]
  assert.deepEqual(current, { name: '10 %', state: 'current', bakeMs: 60_000, bakedMs: 30_000 })
  assert.equal(railOf(deployment(), 400_000)[1]?.bakedMs, 60_000)
  assert.equal(railOf(deployment(), 0)[1]?.bakedMs, 0)
})
it('says how far it came before it was undone', () => {
  const weights = [
    { at: 10_000, step: 0, weight: 10 },
    { at: 70_000, step: 1, weight: 50 },
    { at: 80_000, step: 1, weight: 0 },
  ]
  const facts = { step: 1, weight: 0, weights, status: 'finished', outcome: 'rolledBack' } as const
  assert.deepEqual(states(facts), [
    'Instances done',
    '10 % done',
    '50 % undone',
    '100 % ahead',
    'Validated ahead',
  ])
})
it('does not pretend that steps were taken where nobody was left to compare with', () => {
  const weights = [{ at: 10_000, step: 2, weight: 100 }]
  assert.deepEqual(states({ step: 2, weight: 100, weights }).slice(1, 4), [
    '10 % skipped',
    '50 % skipped',
    '100 % current',
  ])
})
it('ends validated', () => {
  const weights = [{ at: 10_000, step: 2, weight: 100 }]
  const facts = { step: 2, weights, status: 'finished', outcome: 'succeeded' } as const
  assert.deepEqual(states(facts).slice(3), ['100 % done', 'Validated done'])
})
it('says what a step waits for when its time is over', () => {
  const proven = deployment({ verdict: tick(0).verdict })
  assert.equal(waitsFor(deployment(), 40_000), '')
  assert.equal(waitsFor(deployment(), 400_000), 'until it has proven itself')
  assert.equal(waitsFor(proven, 400_000), 'about to go on')
})

it('names batches by their instances, and begins each wave', () => {
  const { plan } = deployment()
  const steps = [
    { weight: 20, bakeMs: 60_000, instances: 1, wave: 'first' },
    { weight: 60, bakeMs: 60_000, instances: 3, wave: 'europe' },
  ]
  const waves = { ...plan, strategy: 'rolling', replicas: 5, steps, waves: ['first', 'europe'] }
  const rail = railOf(deployment({ plan: waves as typeof plan }), 40_000)
  assert.deepEqual(
    rail.slice(1, 4).map(({ name, wave }) => [name, wave]),
    [
      ['1 of 5', 'first'],
      ['3 of 5', 'europe'],
      ['5 of 5', undefined],
    ],
  )
})
it('counts how long blue stays warm after the end, and never before it', () => {
  const plan = { ...deployment().plan, strategy: 'blue-green', steps: [], warmMs: 60_000 } as const
  const rest = (facts: Partial<DeploymentDetail>, now: number) =>
    railOf(deployment({ plan, ...facts }), now).at(-1)
  assert.equal(rest({}, 40_000)?.state, 'ahead')
  const over = { status: 'finished', outcome: 'succeeded', finishedAt: 100_000 } as const
  assert.deepEqual(
    [rest(over, 130_000)?.state, rest(over, 130_000)?.bakedMs, rest(over, 160_000)?.state],
    ['current', 30_000, 'done'],
  )
  assert.equal(rest({ ...over, outcome: 'aborted' }, 130_000)?.state, 'ahead')
  assert.equal(rest({ ...over, returnPoint: null }, 130_000)?.name, 'Validated')
})
it('says what a braked canary, and one with a ramp, waits for', () => {
  const brake = { from: 10, at: 0, reason: '' }
  assert.equal(waitsFor(deployment({ brake }), 20_000), 'until the suspicion is settled')
  const { plan } = deployment()
  const times = { capMs: 60_000, halfMs: 60_000, patienceMs: 600_000 }
  const ramp = { budget: 30, weightCap: 10, ...times, whenUnproven: 'ask' } as const
  const ramped = { ...plan, analysis: { ...plan.analysis, ramp } }
  assert.equal(waitsFor(deployment({ plan: ramped }), 20_000), 'until it is proven to be no worse')
})
