import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type DomainEvent, history } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { schemaFacts } from '#releases/compatibility/facts.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import type { PromotionCommand } from './commands.ts'
import type { OnFailure } from './events/plans.ts'
import { nextMoves } from './plans/moves.ts'
import { type PlanWish, planWish, type ReleasePlanCommand } from './plans/commands.ts'
import { releasePlans } from './plans/release-plan.ts'
import { planByPerson } from './reconcilers/planning.ts'
import { promotions as promotionThings } from './promotion.ts'
import { deployments, promotions } from './queries.ts'
import { itemFacts, planSpec, releasePlanNamed } from './queries/plans.ts'
import { slotId, slots } from './slot.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DROP = { path: 'db/2.sql', change: 'new', text: 'alter table o drop column note' } as const
const CONTRACT = { schema: schemaFacts([DROP], 'postgresql') }
const LINE = ['db', 'api', 'web'] as const

const ROLLING = {
  ...QUICK,
  '*/production': { ...QUICK['*/production'], strategy: 'rolling', steps: [] },
} as const

/** Three services on 1.0.0 in prod, which automation may not move, and 2.0.0 of each in dev. */
async function threeServices(
  t: TestContext,
  change: { readonly schema?: ReturnType<typeof schemaFacts> } = {},
): Promise<Rig> {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  await rig.policy(ROLLING)
  await rig.service({ name: 'db' })
  await rig.service({ name: 'api', dependsOn: ['db'] })
  await rig.service({ name: 'web', dependsOn: ['api'] })
  await rig.run(MINUTE)
  for (const service of LINE) await rig.release(service, '1.0.0')
  await rig.run(20 * MINUTE)
  for (const service of LINE) await hold(rig, service)
  await rig.release('db', '2.0.0', 'nobody@x', change)
  await rig.release('api', '2.1.0')
  await rig.release('web', '2.0.0')
  await rig.run(10 * MINUTE)
  return rig
}

async function hold(rig: Rig, service: string) {
  const command = { type: 'slot.hold', at: rig.clock.now(), by: 'ana', reason: 'by plan' } as const
  await rig.engine.execute(slots, slotId('prod', service), command, { actor: SYSTEM })
}

const all = (onFailure: OnFailure, more: Partial<PlanWish> = {}) =>
  planWish.parse({
    environment: 'prod',
    items: LINE.map((service) => ({ service })),
    onFailure,
    ...more,
  })

async function begin(rig: Rig, wanted: PlanWish, name = 'spring') {
  const spec = await planSpec(rig.engine.reads, wanted, { kind: 'named' })
  assert.ok(!('rejected' in spec), 'rejected' in spec ? spec.message : '')
  await say(rig, { type: 'plan.plan', at: rig.clock.now(), by: 'ana', plan: name, spec }, name)
  await say(rig, { type: 'plan.start', at: rig.clock.now(), by: 'ana' }, name)
}

async function say(rig: Rig, command: ReleasePlanCommand, name = 'spring') {
  const done = await rig.engine.execute(releasePlans, name, command, { actor: SYSTEM })
  assert.ok(done.rejected !== true, done.rejected === true ? done.message : '')
}

async function plan(rig: Rig, name = 'spring') {
  const row = await releasePlanNamed(rig.engine.reads, name)
  assert.ok(row && row.state.status !== 'planned', `${name} has not started`)
  const { state, outcome } = row
  const statuses = LINE.map((service) => state.items[service]?.status)
  const tasks = state.status === 'ended' ? state.tasks.map(({ text }) => text) : []
  return { state, outcome, statuses, tasks, halts: state.halts }
}

const served = (rig: Rig) =>
  LINE.map((service) => Object.keys(rig.target.serving({ service, environment: 'prod' })).join('+'))

async function inOrder(rig: Rig) {
  const rows = await deployments(rig.engine.reads, { environment: 'prod', limit: 100 })
  return rows.filter((row) => row.kind === 'forward' && row.version !== '1.0.0').reverse()
}

/** From now on the new api does not come up anywhere. */
const failing = (rig: Rig) => rig.target.behaviours.set('2.1.0', { comesUp: false, badShare: 0 })

const mended = (rig: Rig) => rig.target.behaviours.delete('2.1.0')

describe('a release plan', () => {
  it('moves each service after those it depends on, by promotions like any other', async (t) => {
    const rig = await threeServices(t)
    assert.deepEqual(served(rig), ['1.0.0', '1.0.0', '1.0.0'])
    await begin(rig, all('halt'))
    await rig.run(HOUR)
    assert.deepEqual(await plan(rig).then(({ outcome, tasks }) => ({ outcome, tasks })), {
      outcome: 'succeeded',
      tasks: [],
    })
    assert.deepEqual(served(rig), ['2.0.0', '2.1.0', '2.0.0'])
    const rows = await inOrder(rig)
    assert.deepEqual(
      rows.map(({ service }) => service),
      ['db', 'api', 'web'],
    )
    for (const [i, row] of rows.entries())
      assert.ok(row.startedAt >= (rows[i - 1]?.finishedAt ?? 0))
    const { requestedBy } = await rig.promotion('prod', 'web', '2.0.0')
    assert.equal(requestedBy, 'ana')
  })

  it('keeps automation from overtaking it, and lets go in the end', async (t) => {
    const rig = await threeServices(t)
    await begin(rig, all('halt'))
    await rig.run(MINUTE)
    assert.equal((await rig.slot('prod', 'web'))?.hold?.reason, 'by plan')
    await rig.run(HOUR)
    for (const service of LINE) assert.equal((await rig.slot('prod', service))?.hold, undefined)
    const waiting = await promotions(rig.engine.reads, {
      environment: 'prod',
      open: true,
      limit: 9,
    })
    assert.deepEqual(waiting, [])
  })

  it('follows what a person asked for before it, and does not call that off', async (t) => {
    const rig = await threeServices(t)
    await rig.engine.execute(
      promotionThings,
      'prm_theirs',
      ({ reads }) =>
        planByPerson(reads, {
          service: 'db',
          environment: 'prod',
          release: 'rel_db_2.0.0',
          promotion: 'prm_theirs',
          at: rig.clock.now(),
          by: 'ben',
        }),
      { actor: SYSTEM },
    )
    await begin(rig, all('halt'))
    await rig.run(2_000)
    await say(rig, { type: 'plan.cancel', at: rig.clock.now(), by: 'ana', reason: 'no' })
    await rig.run(HOUR)
    const { outcome, statuses, tasks } = await plan(rig)
    assert.deepEqual(statuses, ['succeeded', 'skipped', 'skipped'])
    assert.equal(outcome, 'partiallyCompleted')
    assert.deepEqual(tasks, [
      'api 2.1.0 did not go: The plan was cancelled: no',
      'web 2.0.0 did not go: The plan was cancelled: no',
    ])
    assert.deepEqual(served(rig), ['2.0.0', '1.0.0', '1.0.0'])
  })
})

describe('a plan with an item that fails', () => {
  it('halts, holding what waits, until somebody resumes it: then it is tried again', async (t) => {
    const rig = await threeServices(t)
    failing(rig)
    await begin(rig, all('halt'))
    await rig.run(20 * MINUTE)
    const { state, statuses, halts } = await plan(rig)
    assert.equal(state.status, 'running')
    assert.deepEqual(statuses, ['succeeded', 'failed', 'waiting'])
    assert.match(halts[0]?.reason ?? '', /^1 failed in rest, 0 may. api: 0 of 1 instances/)
    mended(rig)
    const by = { at: rig.clock.now(), by: 'ana', reason: 'a full disk' } as const
    // The slot is held against the very release that failed there: that is lifted, or nothing goes.
    await rig.engine.execute(
      slots,
      slotId('prod', 'api'),
      { type: 'slot.resume', ...by },
      {
        actor: SYSTEM,
      },
    )
    await say(rig, { type: 'plan.resume', ...by })
    await rig.run(20 * MINUTE)
    assert.equal((await plan(rig)).outcome, 'succeeded')
    assert.deepEqual(served(rig), ['2.0.0', '2.1.0', '2.0.0'])
  })

  it('goes on without what stands on it', async (t) => {
    const rig = await threeServices(t)
    failing(rig)
    await begin(rig, all('continue'))
    await rig.run(20 * MINUTE)
    const { outcome, statuses, tasks } = await plan(rig)
    assert.deepEqual(
      [outcome, ...statuses],
      ['partiallyCompleted', 'succeeded', 'failed', 'skipped'],
    )
    assert.equal(tasks[1], 'web 2.0.0 did not go: api must be there before it, and is not: failed.')
  })

  it('takes its group back, and what stands on it, and leaves the rest', async (t) => {
    const rig = await threeServices(t)
    failing(rig)
    const groups = [{ name: 'back', services: ['api'], onFailure: 'undo-group' as const }]
    await begin(rig, all('halt', { groups }))
    await rig.run(20 * MINUTE)
    const { outcome, statuses } = await plan(rig)
    assert.deepEqual(
      [outcome, ...statuses],
      ['partiallyCompleted', 'succeeded', 'failed', 'skipped'],
    )
    assert.deepEqual(served(rig), ['2.0.0', '1.0.0', '1.0.0'])
  })

  it('takes the whole plan back', async (t) => {
    const rig = await threeServices(t)
    failing(rig)
    await begin(rig, all('undo-plan'))
    await rig.run(20 * MINUTE)
    const { outcome, statuses } = await plan(rig)
    assert.deepEqual([outcome, ...statuses], ['rolledBack', 'undone', 'failed', 'skipped'])
    assert.deepEqual(served(rig), ['1.0.0', '1.0.0', '1.0.0'])
    assert.match((await rig.slot('prod', 'db'))?.hold?.reason ?? '', /plan spring is taken back/)
  })
})

describe('a plan that is cancelled while an item waits for people', () => {
  it('calls that off, and ends as cancelled', async (t) => {
    const rig = await threeServices(t)
    const production = { ...ROLLING['*/production'], approvals: { count: 1, ownersMin: 0 } }
    await rig.policy({ ...ROLLING, '*/production': production })
    await begin(rig, all('halt'))
    await rig.run(10 * MINUTE)
    assert.equal((await rig.promotion('prod', 'db', '2.0.0')).status, 'waiting')
    await say(rig, { type: 'plan.cancel', at: rig.clock.now(), by: 'ana', reason: 'not now' })
    await rig.run(10 * MINUTE)
    assert.equal((await rig.promotion('prod', 'db', '2.0.0')).outcome, 'cancelled')
    assert.equal((await plan(rig)).outcome, 'cancelled')
  })
})

describe('undoing a plan that had succeeded', () => {
  it('goes back as promotions do, out of the rollback window', async (t) => {
    const rig = await threeServices(t)
    await rig.person('ben', ['approver'])
    await begin(rig, all('halt'))
    await rig.run(20 * MINUTE)
    const production = {
      ...ROLLING['*/production'],
      rollbackWindow: { revisions: 0, ms: 0 },
      approvals: { count: 1, ownersMin: 0 },
    }
    await rig.policy({ ...ROLLING, '*/production': production })
    const only = { services: ['web'], reason: 'slow' }
    await say(rig, { type: 'plan.undo', at: rig.clock.now(), by: 'ana', ...only })
    await rig.run(10 * MINUTE)
    const { state, statuses } = await plan(rig)
    assert.deepEqual(statuses, ['succeeded', 'succeeded', 'undoing'])
    const { waits } = nextMoves(state, await itemFacts(rig.engine.reads, state), rig.clock.now())
    assert.match(waits.at(-1)?.why ?? '', /out of the rollback window: 1 more approval is needed/)
    const [back] = await promotions(rig.engine.reads, { service: 'web', open: true, limit: 1 })
    assert.deepEqual([back?.version, back?.requestedBy], ['1.0.0', 'ana'])
    const approve = { type: 'promotion.approve', at: rig.clock.now(), by: 'ben', kind: 'person' }
    const yes = {
      ...approve,
      planHash: back?.state.planHash,
      teams: [],
      note: '',
    } as PromotionCommand
    await rig.engine.execute(promotionThings, back?.id ?? '', yes, { actor: SYSTEM })
    await rig.run(20 * MINUTE)
    assert.equal((await plan(rig)).statuses[2], 'undone')
    assert.deepEqual(served(rig), ['2.0.0', '2.1.0', '1.0.0'])
  })

  it('goes the way back from the top, one after the other', async (t) => {
    const rig = await threeServices(t)
    await begin(rig, all('halt'))
    await rig.run(20 * MINUTE)
    await say(rig, { type: 'plan.undo', at: rig.clock.now(), by: 'ana', reason: 'slow' })
    await rig.run(20 * MINUTE)
    assert.equal((await plan(rig)).outcome, 'rolledBack')
    // All of it happens in one instant of the virtual clock: the plan's record has the order.
    const recorded = await history(rig.engine.database, 'plan-spring')
    const steps = recorded.flatMap(({ event }) => {
      const { type, service } = event as DomainEvent & { readonly service?: string }
      return /^plan.itemUn/.test(type) ? [`${type.slice('plan.item'.length)} ${service ?? ''}`] : []
    })
    assert.deepEqual(steps, [
      ...['UndoStarted web', 'Undone web', 'UndoStarted api', 'Undone api'],
      ...['UndoStarted db', 'Undone db'],
    ])
    assert.deepEqual(served(rig), ['1.0.0', '1.0.0', '1.0.0'])
  })

  it('leaves what is past the point of no return, and lists it', async (t) => {
    const rig = await threeServices(t, CONTRACT)
    await begin(rig, all('halt'))
    await rig.run(20 * MINUTE)
    await say(rig, { type: 'plan.undo', at: rig.clock.now(), by: 'ana', reason: 'slow' })
    await rig.run(20 * MINUTE)
    const { outcome, statuses, tasks } = await plan(rig)
    assert.deepEqual([outcome, ...statuses], ['partiallyCompleted', 'kept', 'undone', 'undone'])
    assert.match(tasks[0] ?? '', /^db 2.0.0 still runs in prod: 1.0.0 is below the rollback floor/)
    assert.deepEqual(served(rig), ['2.0.0', '1.0.0', '1.0.0'])
  })
})
