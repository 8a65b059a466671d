/**
 * Keeps a slot that nobody deploys to as its stream says: the settled release runs and has the
 * traffic, and nothing else does. Usually there is nothing to do; after a target lost its memory,
 * or an undo got stuck, this is what mends it. What it does carries its lease's fence: whoever
 * takes the slot meanwhile acts under a later one, and ours is refused.
 */
import { defineReconciler, type Next, type Reconciler } from '#engine/loop.ts'
import type { Deployed, SlotEvent } from '../events.ts'
import { deploymentNamed } from '../queries.ts'
import { slots, type SlotState } from '../slot.ts'
import { ensureGroup } from './groups.ts'
import type { RolloutNeeds } from './needs.ts'

/** The target looks after its processes itself; this finds what it forgot. */
const LOOK_MS = 60_000
const STARTING_LOOK_MS = 1_000

type Opened = SlotState & Required<Pick<SlotState, 'opened'>>

export function slotKeeper(needs: RolloutNeeds): Reconciler {
  return defineReconciler<SlotEvent>({
    kind: 'slot',
    concurrency: 2,
    hears: ['slot'],
    wokenBy: ({ event, id }) => (event.type === 'slot.released' ? [id] : []),
    async reconcile(id, { fence }): Promise<Next> {
      const { state } = await needs.engine.load(slots, id)
      if (state.opened === undefined || state.holder !== undefined) return undefined
      return keep(needs, { ...state, opened: state.opened, fence })
    },
  })
}

async function keep(needs: RolloutNeeds, { opened, fence, settled, warm }: Opened): Promise<Next> {
  const { target, now, log } = needs
  const slot = { service: opened.service, environment: opened.environment }
  const status = await target.observe(slot)
  const groups = status?.groups ?? []
  const ours = groups.find(({ group }) => group === settled?.deployment)
  // An undo that got stuck may have left fewer than there were.
  const isWhole = ours !== undefined && ours.replicas >= (await replicasOf(needs, settled))
  if (settled !== null && !isWhole) {
    const untrusted = await ensureGroup(needs, settled.deployment, { fence, port: opened.port })
    if (untrusted !== undefined) {
      log.error({ ...slot, why: untrusted }, 'the settled release is not trusted any more')
      return { at: now() + LOOK_MS }
    }
    return { at: now() + STARTING_LOOK_MS }
  }
  if (settled !== null && ours?.ready === 0) return { at: now() + STARTING_LOOK_MS }
  if (settled !== null && status?.weights[settled.deployment] !== 100)
    await target.weigh(slot, fence, { [settled.deployment]: 100 })
  const kept = warm !== undefined && now() < warm.until ? warm : undefined
  for (const { group } of groups)
    if (group !== settled?.deployment && group !== kept?.deployment)
      await target.retire(slot, fence, group)
  return { at: Math.min(now() + LOOK_MS, kept?.until ?? Infinity) }
}

async function replicasOf({ engine }: RolloutNeeds, settled: Deployed | null): Promise<number> {
  if (settled === null) return 0
  return (await deploymentNamed(engine.reads, settled.deployment))?.plan.replicas ?? 0
}
