/** What others tell wrongly: each kind of it bends no figure, and is counted where it shows. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { DAY, deployed, HOUR, pushed, START, told } from '../../../test/support/observations.ts'
import { factsOf } from './facts/facts-of.ts'
import { reportOf } from './report.ts'

type Lines = Parameters<typeof told>[0]
const asOf = START + 40 * DAY
const factsIn = (lines: Lines) => factsOf(told(lines), asOf)
const report = (lines: Lines) => reportOf(factsIn(lines), { from: START, to: asOf, asOf })

it('a clock that runs ahead: what ended before it began lasted no time, and is counted', () => {
  const { kpis, anomalies } = report([
    deployed('d', 2, { startedAt: START + 5 * HOUR, outcome: 'failed', isExposed: true }),
    ['incident.opened', 4, { incident: 'i' }],
    ['incident.causeLinked', 4, { incident: 'i', deployment: 'd', confirmed: true }],
    ['incident.mitigated', 3, { incident: 'i' }],
  ])
  assert.equal(anomalies['negativeDuration'], 1)
  assert.deepEqual([kpis['K4']?.value, kpis['K4']?.n], [0, 1])
})

it('a run that began before it was queued waited for nobody', () => {
  const { kpis } = report([
    ['run.finished', 3, { run: 'r', queuedAt: START + 2 * HOUR, startedAt: START + HOUR }],
  ])
  assert.equal((kpis['K8']?.['queue'] as { p50: number } | undefined)?.p50, 0)
})

it('an incident before its deployment lasts from when users met that', () => {
  const linked = { incident: 'i', deployment: 'd', confirmed: true }
  const { kpis } = report([
    ['incident.opened', 1, { incident: 'i', impactStartedAt: START + HOUR }],
    deployed('d', 5),
    ['incident.causeLinked', 6, linked],
    ['incident.mitigated', 7, { incident: 'i' }],
  ])
  assert.deepEqual([kpis['K3']?.['failed'], kpis['K4']?.value], [1, 2 * HOUR])
})

it('an unknown commit delivers nothing, and its deployment counts', () => {
  const { kpis, anomalies } = report([
    pushed(0, ['a']),
    deployed('d0', 1, { sha: 'a' }),
    deployed('d1', 2, { sha: 'of-another-repository' }),
  ])
  assert.deepEqual([kpis['K2']?.n, kpis['K1']?.n, anomalies['unknownCommit']], [0, 2, 1])
})

it('a force-pushed branch: what was delivered keeps its deployment', () => {
  const commit = (sha: string, ...parents: string[]) => {
    return { sha, parents, committedAt: START }
  }
  const lines: Lines = [
    ['commit.pushed', 0, { after: 'a', commits: [commit('a')] }],
    deployed('d0', 1, { sha: 'a' }),
    ['commit.pushed', 2, { before: 'a', after: 'b', commits: [commit('b', 'a')] }],
    deployed('d1', 3, { sha: 'b' }),
    // b is gone from the branch; c came in its place.
    ['commit.pushed', 4, { before: 'b', after: 'c', commits: [commit('c', 'a')] }],
    deployed('d2', 5, { sha: 'c' }),
  ]
  const facts = factsIn(lines)
  assert.equal(facts.anomalies['forcePush'], 1)
  assert.deepEqual(
    facts.changes.map(({ sha, deployment }) => [sha, deployment]),
    [
      ['b', 'd1'],
      ['c', 'd2'],
    ],
  )
})

it('no instants, however they are mixed up, make a duration below none', () => {
  const hour = fc.integer({ min: 0, max: 48 })
  fc.assert(
    fc.property(fc.tuple(hour, hour, hour, hour, hour, hour), ([a, b, c, d, e, f]) => {
      const { kpis } = report([
        pushed(0, ['x']),
        deployed('seed', 0, { sha: 'x' }),
        pushed(a, ['y'], { before: 'x' }),
        deployed('d', b, { sha: 'y', startedAt: START + c * HOUR }),
        ['incident.opened', d, { incident: 'i', impactStartedAt: START + e * HOUR }],
        ['incident.causeLinked', d, { incident: 'i', deployment: 'd', confirmed: true }],
        ['incident.mitigated', f, { incident: 'i' }],
        ['run.finished', a, { run: 'r', queuedAt: START + b * HOUR, startedAt: START + c * HOUR }],
      ])
      for (const [name, { value }] of Object.entries(kpis))
        assert.ok(value === null || value >= 0, `${name} is ${value}`)
    }),
    { numRuns: 60 },
  )
})
