import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, deployed, HOUR, pushed, START, told } from '../../test/support/observations.ts'
import { countedDeployments, deliveredChanges, doraOf } from './dora.ts'
import { factsOf } from './figures/facts/facts-of.ts'

const asked = { from: START, to: START + 10 * DAY, asOf: START + 10 * DAY }
const facts = factsOf(
  told([
    pushed(0, ['a']),
    deployed('d0', 1, { sha: 'a' }),
    pushed(2, ['b'], { before: 'a' }),
    deployed('d1', 4, { sha: 'b' }),
    ['incident.opened', 5, { incident: 'i', service: 'shop' }],
    ['incident.causeLinked', 5, { incident: 'i', deployment: 'd1', confirmed: true }],
    ['incident.mitigated', 8, { incident: 'i' }],
    deployed('d2', 9, { outcome: 'abortedByAnalysis', startedAt: START + 8 * HOUR, exposed: true }),
    deployed('d3', 10, { kind: 'rollback', undoes: 'd1' }),
  ]),
  asked.asOf,
)

test('the page shows the figures of the one report', () => {
  const { deploymentFrequency, leadTime, changeFailureRate, recoveryTime } = doraOf(facts, asked)
  assert.deepEqual(deploymentFrequency, { value: 0.2, n: 2 })
  assert.deepEqual(leadTime, { value: { p50Ms: 2 * HOUR, p90Ms: 2 * HOUR }, n: 1 })
  assert.deepEqual(changeFailureRate, { value: 2 / 3, n: 3 })
  assert.deepEqual(recoveryTime, { value: { p50Ms: 2 * HOUR, open: 0 }, n: 2 })
})

test('what each deployment counts as adds up to them', () => {
  const counted = countedDeployments(facts, asked)
  assert.deepEqual(
    counted.map(({ deployment, outcome, counted: as }) => [
      ...[deployment, outcome, as.changeFailureRate, as.recoveryTime, as.reworkRate],
    ]),
    [
      ['d3', 'succeeded', null, null, 'unplanned'],
      ['d2', 'rolledBack', 'failed', HOUR, 'planned'],
      ['d1', 'succeeded', 'failed', 3 * HOUR, 'planned'],
      ['d0', 'succeeded', 'fine', null, 'planned'],
    ],
  )
  assert.deepEqual(
    deliveredChanges(facts, asked).map(({ sha }) => sha),
    ['b'],
  )
})

test('what cannot be known is null with its reason', () => {
  const nothing = doraOf(factsOf([], asked.asOf), asked)
  assert.deepEqual(
    Object.values(nothing).map(({ reason }) => reason),
    [
      'no-deployments',
      'no-changes',
      'no-changes',
      'no-deployments',
      'no-failures',
      'no-deployments',
    ],
  )
  const first = factsOf(told([pushed(0, ['a']), deployed('d0', 1, { sha: 'a' })]), asked.asOf)
  assert.equal(doraOf(first, asked).leadTime.reason, 'only-first-deployments')
})
