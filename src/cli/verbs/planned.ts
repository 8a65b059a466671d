/** A plan's strategy in words: before it starts, and while it goes. */
import { formatDuration } from '#kernel/duration.ts'
import type { Deployment, Ramp } from '../answers.ts'

type Plan = Deployment['plan']

/** One line a step: what changes, how many serve it, and how long it is looked at. */
export function planLines(plan: Plan): string[] {
  const { strategy, steps, bakeMs, replicas, waves, warmMs } = plan
  const ramp = plan.analysis?.ramp
  const last = { weight: 100, bakeMs, instances: replicas, wave: waves?.at(-1) }
  const isBatched = steps.some(({ instances }) => instances !== undefined)
  const lines = [...steps, last].map((step) => {
    const of = isBatched ? `, ${step.instances} of ${replicas} instances` : ''
    const wave = step.wave === undefined ? '' : `${step.wave}: `
    return `${wave}${step.weight} %${of}, bakes ${formatDuration(step.bakeMs)}`
  })
  const before = strategy === 'blue-green' ? ['smoke test before any traffic'] : []
  const after = warmMs ? [`the release before stays warm for ${formatDuration(warmMs)}`] : []
  return [...before, ...(ramp ? rampLines(ramp) : []), ...lines, ...after]
}

function rampLines({ budget, weightCap, patienceMs, whenUnproven }: Ramp): string[] {
  const then = whenUnproven === 'ask' ? 'a person decides' : 'it goes on, flagged unproven'
  return [
    `up to ${weightCap} % as fast as a budget of ${budget} bad requests bears`,
    `no further until it is proven to be no worse; after ${formatDuration(patienceMs)} ${then}`,
  ]
}

/** Where in its waves or batches it stands; empty where it has none. */
export function placeOf({ plan, step }: Pick<Deployment, 'plan' | 'step'>): string {
  const { steps, waves } = plan
  if (waves !== undefined) {
    const wave = step < 0 ? waves[0] : (steps[step]?.wave ?? waves.at(-1))
    return `  wave ${waves.indexOf(wave ?? '') + 1} of ${waves.length}, ${wave}`
  }
  if (!steps.some(({ instances }) => instances !== undefined)) return ''
  return `  batch ${Math.max(0, step) + 1} of ${steps.length + 1}`
}
