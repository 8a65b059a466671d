import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { views as catalogViews } from '#catalog/views.ts'
import type { RepositoryEvent } from '#catalog/events.ts'
import { Engine } from '#engine/engine.ts'
import type { IncidentEvent } from '#operations/events.ts'
import { views as incidentViews } from '#operations/views.ts'
import type { ReleaseEvent } from '#releases/events.ts'
import type { DeploymentEvent } from '#rollouts/events.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { record } from '../../test/support/facts.ts'
import { deliveredChanges, deploymentFacts, harms } from './queries.ts'
import { views } from './views.ts'

const HOUR = 3_600_000
const window = { from: 0, to: 100 * HOUR }

/** One service: three releases, of which the second is skipped and reaches users by the third. */
async function world(t: TestContext): Promise<Engine> {
  const database = await withDatabase(t)
  const all = [...views, ...catalogViews, ...incidentViews]
  const engine = new Engine({ database, views: all, authorize: () => undefined, log: quiet })
  await engine.prepare()
  await record<RepositoryEvent>(engine, 'repository', '/r.git', {
    type: 'commit.pushed',
    at: 9 * HOUR,
    by: 'system',
    repository: '/r.git',
    branch: 'main',
    commits: [{ sha: 'c2', author: {}, committer: {}, message: '', paths: [] }],
  } as unknown as RepositoryEvent)
  for (const n of [1, 2, 3]) {
    await record<ReleaseEvent>(engine, 'release', `rel_${n}`, {
      type: 'release.created',
      at: n * 10 * HOUR,
      by: 'system',
      service: 'shop',
      release: `rel_${n}`,
      version: `${n}.0.0`,
      commits: [{ sha: `c${n}`, committedAt: n * 10 * HOUR - 2 * HOUR }],
    } as unknown as ReleaseEvent)
  }
  await deploy(engine, 'dep_1', 'rel_1', 15)
  await deploy(engine, 'dep_s', 'rel_2', 22, { environmentKind: 'staging' })
  await deploy(engine, 'dep_f', 'rel_2', 25, { outcome: 'rolledBack' })
  await deploy(engine, 'dep_3', 'rel_3', 40)
  await deploy(engine, 'dep_b', 'rel_1', 50, { kind: 'rollback' })
  return engine
}

const deploy = (engine: Engine, id: string, release: string, hours: number, more: object = {}) =>
  record<DeploymentEvent>(engine, 'deployment', id, {
    type: 'deployment.finished',
    at: hours * HOUR,
    by: 'system',
    deployment: id,
    service: 'shop',
    environment: 'prod',
    environmentKind: 'production',
    tier: 1,
    kind: 'forward',
    release,
    version: '1',
    outcome: 'succeeded',
    reason: '',
    startedAt: hours * HOUR - 1,
    exposedAt: hours * HOUR - 1,
    ...more,
  } as DeploymentEvent)

describe('the facts of a window', () => {
  it('are production deployments that ended in it', async (t) => {
    const engine = await world(t)
    const names = async (at: object = {}) =>
      (await deploymentFacts(engine.reads, { ...window, ...at })).map((each) => each.deployment)
    assert.deepEqual(await names(), ['dep_b', 'dep_3', 'dep_f', 'dep_1'])
    assert.deepEqual(await names({ from: 25 * HOUR, to: 40 * HOUR }), ['dep_f'])
    assert.deepEqual(await names({ service: 'cart' }), [])
  })

  it('are changes by the first deployment that brought them, of any release', async (t) => {
    const engine = await world(t)
    const changes = async (at: object = {}) =>
      (await deliveredChanges(engine.reads, { ...window, ...at }))
        .map(({ sha, deliveredAt, mergedAt, seed }) => [
          sha,
          deliveredAt / HOUR,
          mergedAt / HOUR,
          seed,
        ])
        .sort()
    // c2's own release was rolled back; c2 was pushed an hour after it was committed.
    const whole = [
      ['c1', 15, 8, true],
      ['c2', 40, 9, false],
      ['c3', 40, 28, false],
    ]
    assert.deepEqual(await changes(), whole)
    assert.deepEqual(await changes({ service: 'shop' }), whole)
    // The first deployment stays the first one, also when the window begins after it.
    assert.deepEqual(await changes({ from: 20 * HOUR }), whole.slice(1))
    assert.deepEqual(await changes({ service: 'cart' }), [])
  })

  it('are the harms whose cause is confirmed, with their ends', async (t) => {
    const engine = await world(t)
    const fact = { by: 'ana', incident: 'inc_1' }
    const place = { service: 'shop', environment: 'prod' }
    await record<IncidentEvent>(
      engine,
      'incident',
      'inc_1',
      {
        type: 'incident.opened',
        at: 3,
        ...fact,
        ...place,
        severity: 2,
        title: 'down',
        impactStartedAt: 2,
        deployment: 'dep_3',
      },
      { type: 'incident.causeLinked', at: 4, ...fact, deployment: 'dep_1', confirmed: false },
    )
    const open = [{ deployment: 'dep_3', startedAt: 2, endedAt: null }]
    assert.deepEqual(await harms(engine.reads, window), open)
    await record<IncidentEvent>(engine, 'incident', 'inc_1', {
      type: 'incident.resolved',
      at: 7,
      ...fact,
      note: '',
    })
    assert.deepEqual(await harms(engine.reads, { ...window, service: 'shop' }), [
      { deployment: 'dep_3', startedAt: 2, endedAt: 7 },
    ])
    assert.deepEqual(await harms(engine.reads, { ...window, service: 'cart' }), [])
  })
})
