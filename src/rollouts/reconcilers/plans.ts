/**
 * Takes a running release plan one step further: asks for its promotions, follows them, takes back
 * what is to be taken back. Until an item's turn has come its slot is held against automation, so
 * that nothing overtakes the order; its own promotion goes on under the hold, and lifts it.
 */
import { type Facts, type Wish, wish } from '#engine/engine.ts'
import { sha256 } from '#engine/ids.ts'
import { defineReconciler, type Next, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Rejection } from '#kernel/decider.ts'
import type { PlanItem } from '../events/plans.ts'
import type { ReleasePlanCommand } from '../plans/commands.ts'
import { nextMoves, type PlanMove } from '../plans/moves.ts'
import { releasePlans } from '../plans/release-plan.ts'
import type { Ended, ReleasePlan, Running } from '../plans/state.ts'
import { promotionOf, promotions } from '../promotion.ts'
import { type PromotionRow, promotions as promotionRows, slotRow } from '../queries.ts'
import { itemFacts, plansMovedBy } from '../queries/plans.ts'
import { startBack } from '../routes/start-back.ts'
import { startRollback } from '../routes/start-rollback.ts'
import { keepHeld, letGo } from './holds.ts'
import type { RolloutNeeds } from './needs.ts'
import { planByPerson } from './planning.ts'

/** What changes without an event that we hear is noticed within this. */
const LOOK_MS = 15_000
/** Somebody was faster. */
const AGAIN_MS = 1_000

/** Promotions and deployments by their id, plans by theirs: the names tell them apart. */
const MOVER = /^(prm|dep)_/

export function plans(needs: RolloutNeeds): Reconciler {
  const { engine, now } = needs
  return defineReconciler<DomainEvent>({
    kind: 'plan',
    concurrency: 2,
    hears: ['plan', 'promotion', 'deployment'],
    wokenBy({ event: { type }, id }) {
      const isOurs = type.startsWith('plan.')
      return isOurs || type === 'promotion.ended' || type === 'deployment.finished' ? [id] : []
    },
    async reconcile(key): Promise<Next> {
      if (MOVER.test(key)) {
        const moved = await plansMovedBy(engine.reads, key)
        return engine.wake(moved.map((plan) => ({ kind: 'plan', key: plan })))
      }
      const { state } = await engine.load(releasePlans, key)
      if (state.status === 'ended') return letGoOf(needs, state)
      if (state.status !== 'running') return undefined
      await holdOff(needs, state)
      const { moves, until = Infinity } = nextMoves(
        state,
        await itemFacts(engine.reads, state),
        now(),
      )
      let done = 0
      for (const move of moves) if (await act(needs, state, move)) done++
      if (done > 0) return { at: now() }
      return { at: moves.length > 0 ? now() + AGAIN_MS : Math.min(until, now() + LOOK_MS) }
    },
  })
}

export const holdOfPlan = (plan: string) => `Moves with the release plan ${plan}.`

async function holdOff(needs: RolloutNeeds, state: Running): Promise<void> {
  const { environment, items } = state.spec
  const waiting = items.filter(({ service }) => state.items[service]?.status === 'waiting')
  for (const { service } of waiting)
    await keepHeld(needs, { service, environment }, holdOfPlan(state.plan))
}

async function letGoOf(needs: RolloutNeeds, { plan, spec, outcome }: Ended): Promise<void> {
  const { environment } = spec
  for (const { service } of spec.items)
    await letGo(
      needs,
      { service, environment },
      holdOfPlan(plan),
      `The plan has ended: ${outcome}.`,
    )
}

/** False: nothing came of it; look again later. */
async function act(needs: RolloutNeeds, state: Running, move: PlanMove): Promise<boolean> {
  const { engine, now } = needs
  const by = { at: now(), by: SYSTEM.id }
  const say = async (command: ReleasePlanCommand) => {
    const done = await engine.execute(releasePlans, state.plan, command, { actor: SYSTEM })
    return !('rejected' in done && done.rejected === true)
  }
  switch (move.do) {
    case 'report':
      return say({ ...move.wish, ...by })
    case 'start':
      return start(needs, state, move.item)
    case 'cancelPromotion': {
      const { promotion, reason } = move
      const command = { type: 'promotion.cancel', ...by, reason } as const
      const done = await engine.execute(promotions, promotion, command, { actor: SYSTEM })
      return done.rejected !== true
    }
    case 'undo': {
      const { service } = move.item
      const deployment = `dep_${nameOf(state, service, 'undo')}`
      return say({ type: 'plan.undoItem', ...by, service, deployment })
    }
    case 'rollBack':
      return rollBack(needs, state, move)
  }
}

/** The same for the same try: after a crash it is found, not done again. */
function nameOf({ plan, startedAt, tries }: Running, service: string, what: string): string {
  return sha256([plan, startedAt, service, tries[service] ?? 0, what].join('\n')).slice(0, 26)
}

async function start(needs: RolloutNeeds, state: Running, item: PlanItem): Promise<boolean> {
  const { engine, now } = needs
  const { reads } = engine
  const { service, release } = item
  const place = { service, environment: state.spec.environment }
  const by = { at: now(), by: state.startedBy }
  const slot = (await slotRow(reads, place.environment, service))?.state
  const isThere = slot?.settled?.release === release && slot.validated?.release === release
  const open = await promotionRows(reads, { ...place, release, open: true, limit: 10 })
  const wishes =
    isThere && open.length === 0
      ? [planWish(state, { type: 'plan.findItem', ...by, service })]
      : startWishes(state, item, open, by, `prm_${nameOf(state, service, 'go')}`)
  const done = await engine.executeAll(wishes, { actor: SYSTEM })
  if (!('rejected' in done)) return true
  return PASSING.has(done.code) ? false : refuse(needs, state, service, done)
}

/** Somebody was faster, and by the next look everything is clear. */
const PASSING = new Set([
  'promotion.exists',
  'promotion.started',
  'promotion.ended',
  'stream.moved-on',
])

const planWish = (
  { plan }: Running,
  command: ReleasePlanCommand | ((facts: Facts<ReleasePlan>) => Promise<ReleasePlanCommand>),
) => wish({ thing: releasePlans, id: plan, command })

/**
 * A person's wish for the same, or what is on its way, is followed. What automation wants and holds
 * back waits for the plan now: the plan's own takes its place, in the name of who started it.
 */
function startWishes(
  state: Running,
  { service, release }: PlanItem,
  open: readonly PromotionRow[],
  by: { readonly at: number; readonly by: string },
  ours: string,
): readonly Wish[] {
  const place = { service, environment: state.spec.environment }
  const followed = open.find(({ status, origin }) => status === 'started' || origin === 'person')
  const promotion = followed?.id ?? ours
  const isOurs = followed === undefined || followed.id === ours
  const begin = planWish(state, async ({ reads }) => {
    const before = (await slotRow(reads, place.environment, service))?.state.settled ?? null
    return { type: 'plan.startItem', ...by, service, promotion, isOurs, before }
  })
  if (followed !== undefined) return [begin]
  const reason = `It goes with the release plan ${state.plan}.`
  const replaced = open.map(({ id }) => {
    const command = { type: 'promotion.supersede', ...by, supersededBy: ours, reason } as const
    return wish({ thing: promotions, id, command })
  })
  const go = wish({
    thing: promotions,
    id: ours,
    command: ({ reads }) => planByPerson(reads, { ...place, release, promotion: ours, ...by }),
  })
  return [...replaced, go, begin]
}

async function refuse(
  { engine, now }: RolloutNeeds,
  state: Running,
  service: string,
  { message, remedy }: Rejection,
): Promise<boolean> {
  const by = { at: now(), by: SYSTEM.id }
  const facts = { service, outcome: 'rejected', reason: `${message} ${remedy}` } as const
  const command = { type: 'plan.endItem', ...by, ...facts } as const
  const done = await engine.execute(releasePlans, state.plan, command, { actor: SYSTEM })
  return done.rejected !== true
}

async function rollBack(
  { engine, now }: RolloutNeeds,
  state: Running,
  { item, to, deployment, reason }: Extract<PlanMove, { do: 'rollBack' }>,
): Promise<boolean> {
  const { service, release } = item
  const by = { at: now(), by: SYSTEM.id }
  const place = { service, environment: state.spec.environment }
  const slot = (await slotRow(engine.reads, place.environment, service))?.state
  const runs = slot?.settled?.version ?? 'nothing'
  const story = `The release plan ${state.plan} is taken back: ${reason}`
  const keep = async (why: string) => {
    const command = { type: 'plan.keepItem', ...by, service, reason: why } as const
    const done = await engine.execute(releasePlans, state.plan, command, { actor: SYSTEM })
    return done.rejected !== true
  }
  const refusal =
    slot?.settled?.release === release
      ? await startRollback(
          engine,
          { ...by, ...place, to: to.release, reason: story, deployment },
          { actor: SYSTEM },
        )
      : { code: '', message: `${runs} was put there since.` }
  if (refusal === undefined) return true
  if (refusal.code === 'rollback.outside-window') {
    // As a promotion, by whoever started the plan, with all that one has to wait for.
    const asker = { at: now(), by: state.startedBy }
    const promotion = promotionOf(deployment)
    const back = { ...asker, ...place, to: to.release, reason: story, promotion }
    const refused = await startBack(engine, back, { actor: SYSTEM })
    if (refused === undefined) return true
    if (PASSING.has(refused.code) || refused.code === 'slot.taken') return false
    return keep(refused.message)
  }
  // Something is on its way there: once it has ended it will be clear what runs.
  if (refusal.code === 'slot.taken' || refusal.code === 'stream.moved-on') return false
  return keep(refusal.message)
}
