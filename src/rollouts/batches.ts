/**
 * A rolling update, batch by batch: how many instances run the new release at every step, and how
 * many of the old one are kept beside them. New ones come up before old ones go, so that what
 * serves is never less than what was asked for; traffic follows instances.
 */
import type { WaveSpec } from '#catalog/events.ts'
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
  return stepsTo(about, sizeOf(about), { from: 0, to: about.replicas })
}

export interface WaveWish {
  readonly waves: readonly WaveSpec[]
  /** Of the first wave, and of those after it; a service may ask for longer. */
  readonly waveBakeMs: { readonly first: number; readonly later: number }
  /** A service may ask for shorter, too. */
  readonly isFree: boolean
}

/** Wave by wave, each in batches; the last batch of a wave bakes for as long as the wave does. */
export function wavesOf(
  about: BatchWish,
  { waves, waveBakeMs, isFree }: WaveWish,
): readonly RolloutStep[] {
  const size = sizeOf(about)
  const ends = waveEnds(about.replicas, waves)
  return waves.flatMap((wave, i) => {
    const [from, to] = [ends[i - 1] ?? 0, ends[i] ?? about.replicas]
    const least = i === 0 ? waveBakeMs.first : waveBakeMs.later
    const bakeMs = isFree ? (wave.bakeMs ?? least) : Math.max(wave.bakeMs ?? 0, least)
    const batches = stepsTo(about, size, { from, to })
    const end = i === waves.length - 1 ? [] : [stepAt(about.replicas, to, bakeMs)]
    return [...batches, ...end].map((step) => ({ ...step, wave: wave.name }))
  })
}

/**
 * How many instances run the new release at the end of each wave: its part of the whole, by percent
 * or by how many targets it names, and never none.
 */
export function waveEnds(replicas: number, waves: readonly WaveSpec[]): readonly number[] {
  const parts = waves.map(({ sharePercent, targets }) => sharePercent ?? targets?.length ?? 0)
  const whole = parts.reduce((sum, part) => sum + part, 0)
  let before = 0
  let part = 0
  return parts.map((own, i) => {
    part += own
    // One each for the waves to come.
    const most = replicas - (parts.length - 1 - i)
    before = Math.min(most, Math.max(before + 1, Math.round((part / whole) * replicas)))
    return before
  })
}

function stepsTo(
  { replicas, batchBakeMs }: BatchWish,
  size: number,
  { from, to }: { readonly from: number; readonly to: number },
): RolloutStep[] {
  const steps: RolloutStep[] = []
  for (let instances = from + size; instances < to; instances += size)
    steps.push(stepAt(replicas, instances, batchBakeMs))
  return steps
}

const stepAt = (replicas: number, instances: number, bakeMs: number): RolloutStep => ({
  weight: Math.round((instances / replicas) * 100),
  bakeMs,
  instances,
})

/** Instances are whole: a third of two is none, and then they go one by one. */
function sizeOf({ replicas, wish, batchPercent }: BatchWish): number {
  const shareOf = (percent: number) => Math.max(1, Math.floor((replicas * percent) / 100))
  const most = shareOf(batchPercent)
  if (wish === undefined) return most
  return Math.min(most, typeof wish === 'number' ? wish : shareOf(Number(wish.slice(0, -1))))
}

/** The wave whose instances a step has; `steps.length` is the last batch of the last. */
export function waveAt({ steps, waves }: Pick<PromotionPlan, 'steps' | 'waves'>, step: number) {
  return steps[step]?.wave ?? (step >= 0 ? waves?.at(-1) : undefined)
}

/** Whether all of a wave is done at this step, and nothing of the next. */
export function isWaveEnd(plan: Pick<PromotionPlan, 'steps' | 'waves'>, step: number): boolean {
  return plan.waves !== undefined && step >= 0 && waveAt(plan, step) !== waveAt(plan, step + 1)
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
