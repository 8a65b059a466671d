/**
 * A rolling update, batch by batch: how many instances run the new release at every step, and how
 * many of the old one are kept beside them. New ones come up before old ones go, so that what
 * serves is never less than what was asked for; traffic follows instances.
 */
import type { PromotionPlan, RolloutStep } from './events.ts'

export interface BatchWish {
  readonly replicas: number
  /** What the service asks for: instances, or percent of them. */
  readonly wish: number | `${number}%` | undefined
  /** What its tier allows, and what it gets when it asks for nothing. */
  readonly batchPercent: number
  readonly batchBakeMs: number
}

/** The batches but the last, which is the step to 100 %. None: all of them at once. */
export function batchesOf(about: BatchWish): readonly RolloutStep[] {
  const { replicas, batchBakeMs: bakeMs } = about
  const size = sizeOf(about)
  const steps: RolloutStep[] = []
  for (let instances = size; instances < replicas; instances += size)
    steps.push({ weight: Math.round((instances / replicas) * 100), bakeMs, instances })
  return steps
}

/** Instances are whole: a third of two is none, and then they go one by one. */
function sizeOf({ replicas, wish, batchPercent }: BatchWish): number {
  const shareOf = (percent: number) => Math.max(1, Math.floor((replicas * percent) / 100))
  const most = shareOf(batchPercent)
  if (wish === undefined) return most
  return Math.min(most, typeof wish === 'number' ? wish : shareOf(Number(wish.slice(0, -1))))
}

type Batched = Pick<PromotionPlan, 'steps' | 'replicas'>

/** Instances of the new release that a step has; `steps.length` is the last one. */
export function instancesAt({ steps, replicas }: Batched, step: number): number {
  return steps[Math.max(0, step)]?.instances ?? replicas
}

/**
 * Instances of the old release that are still needed while those of this step come up; undefined:
 * all there are. The batch before has baked by then; until it had, those that it replaced were kept
 * to go back to.
 */
export function oldBeside(plan: Batched, step: number): number | undefined {
  return step <= 0 ? undefined : plan.replicas - instancesAt(plan, step - 1)
}

/** Whether instances are replaced in more than one go. */
export function isBatched({ steps }: Pick<PromotionPlan, 'steps'>): boolean {
  return steps.some(({ instances }) => instances !== undefined)
}
