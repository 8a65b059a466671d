import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Engine } from '#engine/engine.ts'
import type { EmergencyEvent } from '#rollouts/events/emergency.ts'
import type { DeploymentEvent } from '#rollouts/events.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { record } from '../../test/support/facts.ts'
import { until } from '../../test/support/until.ts'
import { incidents as list, reviewsIn } from './queries.ts'
import { reconcilers } from './reconcilers.ts'
import { views } from './views.ts'

async function room(t: TestContext) {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const loops = reconcilers({ engine, now: () => 9_000 })
  engine.use(loops)
  return { engine, loops, all: () => list(engine.reads, { limit: 10 }) }
}

const finish = (engine: Engine, deployment: string, more: object = {}) =>
  record<DeploymentEvent>(engine, 'deployment', deployment, {
    type: 'deployment.finished',
    at: 8_000,
    by: 'system',
    deployment,
    service: 'shop',
    environment: 'prod',
    environmentKind: 'production',
    tier: 0,
    kind: 'forward',
    release: 'rel_1',
    version: '1.0.0',
    outcome: 'rolledBack',
    reason: 'too many errors',
    startedAt: 1_000,
    exposedAt: 2_000,
    ...more,
  } as DeploymentEvent)

describe('a deployment that hurt users', () => {
  it('opens one incident, however often it is looked at', async (t) => {
    const { engine, loops, all } = await room(t)
    await finish(engine, 'dep_1')
    const [due] = await engine.database.query<{ key: string }>('test.due', 'select key from due')
    const turn = { fence: 1, signal: new AbortController().signal }
    for (let i = 0; i < 3; i++) await loops[0]?.reconcile(due?.key ?? '', turn)
    const [incident, ...more] = await all()
    assert.deepEqual(more, [])
    const { status, severity, title, causes, ...at } = incident ?? assert.fail()
    assert.deepEqual([status, severity], ['mitigated', 2])
    assert.equal(title, 'shop 1.0.0 in prod was rolled back: too many errors')
    assert.deepEqual(causes, [{ deployment: 'dep_1', confirmed: true }])
    assert.deepEqual([at.impact_started_at, at.opened_at, at.mitigated_at], [2_000, 9_000, 9_000])
  })

  it('and is stuck leaves the incident open, whatever it has to say about itself', async (t) => {
    const { engine, all } = await room(t)
    // Letters that an index would store at three bytes each.
    const reason = '錯'.repeat(5_000)
    await finish(engine, 'dep_2', { outcome: 'stuck', tier: 2, reason })
    await engine.start()
    t.after(() => engine.stop())
    const [incident] = await until('opened', async () => {
      const found = await all()
      return found.length > 0 && found
    })
    assert.deepEqual([incident?.status, incident?.severity], ['open', 3])
    assert.equal(incident?.title.length, 200)
  })

  it('and is held because there is nothing to go back to, says what can be done', async (t) => {
    const { engine, loops, all } = await room(t)
    const place = { service: 'shop', environment: 'prod', environmentKind: 'production', tier: 1 }
    const belowFloor = {
      ...place,
      deployment: 'dep_1',
      version: '2.0.0',
      exposedAt: 2_000,
      returnTo: '1.0.0',
      floor: '2.0.0',
      why: '錯'.repeat(5_000),
    }
    const reason = `errors\n${'錯'.repeat(5_000)}`
    const paused = { type: 'deployment.paused', at: 8_000, by: 'system', reason } as const
    await record<DeploymentEvent>(engine, 'deployment', 'dep_1', { ...paused, belowFloor })
    const elsewhere = { ...belowFloor, environmentKind: 'staging' }
    const other = { ...paused, belowFloor: elsewhere }
    await record<DeploymentEvent>(engine, 'deployment', 'dep_2', other, paused)
    const due = await engine.database.query<{ key: string }>('test.due', 'select key from due')
    const turn = { fence: 1, signal: new AbortController().signal }
    for (const { key } of due) await loops[0]?.reconcile(key, turn)
    const [incident, ...more] = await all()
    assert.deepEqual(more, [])
    assert.deepEqual([incident?.status, incident?.impact_started_at], ['open', 2_000])
    assert.match(incident?.title ?? '', /^shop 2\.0\.0 in prod is held, not taken back: errors/)
    assert.match(
      incident?.advice ?? '',
      /^1\.0\.0 is below the rollback floor, 2\.0\.0\..*runbook/s,
    )
  })

  it('is none outside production, when unseen by users, or when it went well', async (t) => {
    const { engine } = await room(t)
    await finish(engine, 'dep_3', { environmentKind: 'staging' })
    await finish(engine, 'dep_4', { exposedAt: undefined })
    await finish(engine, 'dep_5', { outcome: 'succeeded' })
    assert.deepEqual(await engine.database.query('test.none', 'select key from due'), [])
  })
})

type Started = Extract<EmergencyEvent, { type: 'emergency.started' }>

describe('an emergency', () => {
  it('opens its review, once, unless its row asks for none', async (t) => {
    const { engine, loops } = await room(t)
    const start = (emergency: string, more: Partial<Started>) =>
      record<EmergencyEvent>(engine, 'emergency', emergency, {
        type: 'emergency.started',
        at: 8_000,
        by: 'ben',
        emergency,
        service: 'shop',
        environment: 'prod',
        requestedBy: 'ana',
        approvedBy: ['ben'],
        endsAt: 20_000,
        ...more,
      })
    await start('emg_1', { review: { dueAt: 90_000, reviewers: 2 } })
    await start('emg_2', {})
    const due = await engine.database.query<{ key: string }>('test.due', 'select key from due')
    const turn = { fence: 1, signal: new AbortController().signal }
    for (const { key } of [...due, ...due]) await loops[1]?.reconcile(key, turn)
    const rows = await reviewsIn(engine.reads, { done: false, limit: 10 })
    assert.deepEqual(
      rows.map(({ id, dueAt, state }) => [id, dueAt, state.reviewers, state.requestedBy]),
      [['emg_1', 90_000, 2, 'ana']],
    )
  })
})
