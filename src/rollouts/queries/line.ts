/** Who waits for a slot, what is on its way into it, and by which rules they take turns. */
import type { Reads } from '#engine/sql.ts'
import type { TierPolicy } from '#gates/events.ts'
import { releaseNamed } from '#releases/queries.ts'
import type { Priority } from '../events.ts'
import { deploymentOf } from '../promotion.ts'
import { deploymentNamed, type PromotionRow, waitingPromotions } from '../queries.ts'
import type { Active, InLine, Queue } from '../queue.ts'
import type { SlotState } from '../slot.ts'
import { slotFloor } from './floor.ts'

interface Place {
  readonly service: string
  readonly environment: string
}

export function queueOf({ queue, hotfix, protectMs }: TierPolicy, priority: Priority): Queue {
  const policies = { normal: queue, hotfix: hotfix.queue, emergency: 'preempt' } as const
  return { policy: policies[priority], protectMs }
}

/** In the order of their coming. */
export async function lineIn(
  reads: Reads,
  place: Place,
): Promise<readonly (InLine & Pick<PromotionRow, 'version'>)[]> {
  const waiting = await waitingPromotions(reads, place)
  return Promise.all(
    waiting.map(async ({ id, origin, release, version, state }) => {
      const { createdAt: order = 0 } = (await releaseNamed(reads, release)) ?? {}
      const { priority = 'normal' } = state.plan
      return { promotion: id, origin, priority, order, version }
    }),
  )
}

/** Undefined when nothing is, or it is what became of the promotion that asks. */
export async function activeIn(
  reads: Reads,
  place: Place,
  { holder }: Pick<SlotState, 'holder'>,
  promotion: string | undefined,
): Promise<Active | undefined> {
  if (holder === undefined) return undefined
  const { deployment } = holder
  if (promotion !== undefined && deployment === deploymentOf(promotion)) return undefined
  const row = await deploymentNamed(reads, deployment)
  if (row === undefined) return undefined
  const { version, kind, plan, status, exposedAt, returnPoint } = row
  // Before users see it nothing is taken from them, floor or no floor.
  const isSeen = exposedAt !== null && returnPoint !== null
  const floor = isSeen ? await slotFloor(reads, place) : undefined
  return {
    deployment,
    version,
    kind,
    priority: plan.priority ?? 'normal',
    isUndoing: status === 'undoing',
    exposedAt,
    returnTo: returnPoint?.version ?? null,
    isBelowFloor: returnPoint !== null && floor?.below(returnPoint.release) !== undefined,
  }
}
