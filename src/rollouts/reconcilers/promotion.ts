/**
 * Takes a waiting promotion as far as it may go: plans it anew when what it would do has changed,
 * ends it when a newer one took its place or nobody answered, writes down why it waits, and starts
 * it the moment it may. Holding nothing while it waits, it can wait for days.
 */
import { defineReconciler, type Next, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { isRejection } from '#kernel/decider.ts'
import type { PromotionCommand } from '../commands.ts'
import { decide } from '../decide.ts'
import type { PromotionEvent } from '../events.ts'
import { lapsesAt, promotions, type Waiting } from '../promotion.ts'
import { type Gathered, gatherFacts, wishOf } from '../queries/facts.ts'
import { replacementFor } from '../queue.ts'
import { overFor } from '../rules/emergency.ts'
import { vetoOf } from '../rules/release.ts'
import type { RolloutNeeds } from './needs.ts'
import { preempt, preempts } from './preempt.ts'
import { startPromotion } from './start.ts'

/**
 * Whatever may let it start wakes it (`waiting.ts`); what nobody told is noticed within this. Ten
 * thousand may wait at once, and each look costs a few milliseconds.
 */
const LOOK_MS = 30 * 60_000
/** Somebody was faster; the wake-up that this causes may be lost with a crash. */
const AGAIN_MS = 1_000

const WAKING = new Set([
  'promotion.planned',
  'promotion.approved',
  'promotion.approvalVoided',
  'promotion.windowOverridden',
  'promotion.noReturnAccepted',
  'promotion.noReturnVoided',
])

export function promotion(needs: RolloutNeeds): Reconciler {
  const { engine, log, now } = needs
  return defineReconciler<PromotionEvent>({
    kind: 'promotion',
    // They look in step, and what they ask in common is asked once.
    concurrency: 8,
    hears: ['promotion'],
    wokenBy: ({ event, id }) => (WAKING.has(event.type) ? [id] : []),
    async reconcile(id): Promise<Next> {
      const { state } = await engine.load(promotions, id)
      if (state.status !== 'waiting') return undefined
      const gathered = await gatherFacts(engine.reads, wishOf(state), now())
      if ('missing' in gathered) {
        log.warn({ promotion: id, ...gathered }, 'a promotion names what is not there')
        return { at: now() + LOOK_MS }
      }
      const told = await tell(needs, id, state, gathered)
      if (told !== 'judged') return told
      const { active } = gathered.facts.slot
      const { verdict, until = Infinity, reasons } = decide(gathered.facts, now())
      if (verdict === 'allow')
        return (await startPromotion(needs, id, state)) ? undefined : { at: now() + AGAIN_MS }
      if (active !== undefined && preempts({ reasons }))
        await preempt(needs, state, active.deployment)
      return { at: Math.min(until, lapsesAt(state) ?? Infinity, now() + LOOK_MS) }
    },
  })
}

/** Brings the stream up to what is true now; `judged` when all that is left is to act upon it. */
async function tell(
  needs: RolloutNeeds,
  id: string,
  state: Waiting,
  gathered: Gathered,
): Promise<'judged' | Next> {
  const { engine, now } = needs
  const by = { at: now(), by: SYSTEM.id }
  const say = (command: PromotionCommand) =>
    engine.execute(promotions, id, command, { actor: SYSTEM })
  const supersession = supersededBy(id, state, gathered)
  if (supersession !== undefined) {
    await say({ type: 'promotion.supersede', ...by, ...supersession })
    return undefined
  }
  const { plan, planHash, rule: approvals, facts } = gathered
  const veto = vetoOf(facts)
  if (veto !== undefined) {
    await say({ type: 'promotion.stop', ...by, reason: veto })
    return undefined
  }
  if (facts.planChanged.length > 0) {
    await say({ type: 'promotion.replan', ...by, plan, planHash, approvals })
    return { at: now() }
  }
  const over = overFor(facts, by.at)
  if (over !== undefined) {
    await say({ type: 'promotion.expire', ...by, emergencyOver: over })
    return undefined
  }
  if (by.at >= (lapsesAt(state) ?? Infinity)) {
    await say({ type: 'promotion.expire', ...by })
    return undefined
  }
  const judge = { type: 'promotion.judge', ...by, verdict: decide(facts, by.at) } as const
  // Mostly it waits for what it waited for: nothing to put on record, and no transaction.
  const news = promotions.decider.decide(judge, state)
  if (!isRejection(news) && news.length === 0) return 'judged'
  const judged = await say(judge)
  return judged.rejected ? { at: now() + AGAIN_MS } : 'judged'
}

/**
 * What only waits may be replaced by something newer of the same origin, and what automation wanted
 * is pointless once it, or something newer, is there. What a person asked for is theirs to cancel.
 */
function supersededBy(
  id: string,
  state: Waiting,
  { release, facts, line }: Gathered,
): { readonly supersededBy?: string; readonly reason: string } | undefined {
  const { environment, origin } = state
  const { deployed } = facts.slot
  if (origin === 'automatic' && deployed !== null && deployed.createdAt >= release.createdAt)
    return { reason: `${deployed.version} is in ${environment} already.` }
  // Something newer is no reason not to go back.
  if (state.back !== undefined) return undefined
  const { priority, queue } = facts
  const me = { promotion: id, origin, priority, order: release.createdAt }
  const other = replacementFor(queue.policy, line, me)
  return other && { supersededBy: other.promotion, reason: `${other.version} is to go instead.` }
}
