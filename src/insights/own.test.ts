import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factsOf } from './figures/facts/facts-of.ts'
import { observationsOf, type Stored } from './own.ts'

const HOUR = 3_600_000

const stored = (stream: string, events: readonly object[]): readonly Stored[] =>
  events.map((event, i) => ({
    stream,
    version: i + 1,
    recordedAt: (event as { at: number }).at,
    event: event as Stored['event'],
  }))

const deployment = (id: string, at: number, more: object = {}) =>
  stored(`deployment-${id}`, [
    {
      type: 'deployment.finished',
      at: at * HOUR,
      ...{ deployment: id, service: 'shop', environment: 'prod', environmentKind: 'production' },
      ...{ tier: 1, kind: 'forward', version: id, artifact: `sha256:${id}`, sha: id },
      ...{ startedAt: (at - 1) * HOUR, exposedAt: (at - 0.5) * HOUR, outcome: 'succeeded' },
      ...more,
    },
  ])
const commit = (sha: string, parents: readonly string[]) => ({
  ...{ sha, parents, message: sha, paths: ['x'], pathsCut: false },
  ...{ authoredAt: 0, committedAt: HOUR },
})

test('our own deployments, commits and incidents are facts as those of others are', () => {
  const events = [
    ...stored('service-shop', [
      {
        type: 'service.registered',
        at: 0,
        spec: {
          ...{ name: 'shop', tier: 1, owner: 'team', dependsOn: [] },
          source: { repository: 'r', paths: ['**'] },
          template: 'paved-road/node-service@2',
        },
      },
    ]),
    ...stored('repository-r', [
      {
        ...{ type: 'commit.pushed', at: 2 * HOUR, repository: 'r', branch: 'main', before: '' },
        ...{ after: 'b', commits: [commit('a', []), commit('b', ['a'])] },
      },
    ]),
    ...deployment('a', 3),
    ...deployment('b', 5, { outcome: 'succeeded' }),
    ...deployment('c', 7, { outcome: 'rolledBack' }),
    ...deployment('d', 8, { outcome: 'stuck' }),
    ...stored('incident-i', [
      {
        ...{ type: 'incident.opened', at: 6 * HOUR, incident: 'i', service: 'shop' },
        ...{ environment: 'prod', severity: 2, title: '', impactStartedAt: 6 * HOUR },
        deployment: 'b',
      },
      { type: 'incident.mitigated', at: 9 * HOUR, incident: 'i' },
    ]),
  ]
  const facts = factsOf(events.flatMap(observationsOf), Number.POSITIVE_INFINITY)
  assert.deepEqual(
    facts.deployments.map(({ id, kind, tier, exposedAt }) => [id, kind, tier, exposedAt]),
    [
      ['a', 'normal', 1, 2.5 * HOUR],
      ['b', 'normal', 1, 4.5 * HOUR],
      ['c', 'normal', 1, 6.5 * HOUR],
      ['d', 'normal', 1, 7.5 * HOUR],
    ],
  )
  assert.deepEqual(
    facts.changes.map(({ sha, mergedAt, deliveredAt }) => [sha, mergedAt, deliveredAt]),
    [['b', 2 * HOUR, 5 * HOUR]],
  )
  assert.deepEqual(
    facts.failures.map(({ deployment: of, isConfirmed, endedAt }) => [of.id, isConfirmed, endedAt]),
    [
      ['b', true, 9 * HOUR],
      ['c', true, 7 * HOUR],
      ['d', false, null],
    ],
  )
  assert.equal(facts.told.of('template.applied')[0]?.version, '2')
})
