/** The steps of a rollout as a rail: what is behind, where it stands, how long, what comes. */
import type { DeploymentDetail, Plan, PlanStep } from '../../api/rollouts.ts'

export interface RailStep {
  readonly name: string
  readonly state: 'done' | 'current' | 'ahead' | 'skipped' | 'undone'
  /** How long it stays there at least; absent where time is not what it waits for. */
  readonly bakeMs?: number
  /** Of the current one: how much of that is behind it, at most all. */
  readonly bakedMs?: number
  /** The part of production it belongs to, said where one begins. */
  readonly wave?: string
  /** Time left of it is time left to go back at once; it leads nowhere. */
  readonly isRest?: boolean
}

export function railOf(deployment: DeploymentDetail, now: number): readonly RailStep[] {
  const { plan, readyAt, status, outcome } = deployment
  const steps: readonly PlanStep[] = [...plan.steps, lastOf(plan)]
  const isOver = status === 'finished'
  const isUndone = status === 'undoing' || (isOver && outcome !== 'succeeded')
  const instances: RailStep = {
    name: plan.strategy === 'blue-green' ? 'Green is up' : 'Instances',
    state: readyAt !== null ? 'done' : isUndone ? 'undone' : 'current',
  }
  const validated: RailStep = {
    name: 'Validated',
    state: outcome === 'succeeded' ? 'done' : 'ahead',
  }
  return [
    instances,
    ...steps.map((step, i): RailStep => {
      const begins = step.wave !== undefined && step.wave !== steps[i - 1]?.wave
      const name = nameOf(plan, step)
      const shown = weightStep(deployment, { ...step, name }, i, { isUndone, now })
      return begins ? { ...shown, wave: step.wave ?? '' } : shown
    }),
    validated,
    ...warmOf(deployment, now),
  ]
}

function lastOf({ bakeMs, replicas, waves = [], steps }: Plan): PlanStep {
  const wave = waves.at(-1)
  const isBatched = steps.some(({ instances }) => instances !== undefined)
  return {
    ...{ weight: 100, bakeMs },
    ...(isBatched && { instances: replicas }),
    ...(wave !== undefined && { wave }),
  }
}

/** A batch is known by its instances: its share of the traffic follows them. */
function nameOf({ strategy, replicas }: Plan, { weight, instances }: PlanStep): string {
  if (instances !== undefined) return `${instances} of ${replicas}`
  return strategy === 'blue-green' && weight === 100 ? 'All on green' : `${weight} %`
}

/** What blue-green keeps running after its end, to go back by one turn of the router. */
function warmOf(deployment: DeploymentDetail, now: number): RailStep[] {
  const { plan, outcome, finishedAt, returnPoint } = deployment
  const { warmMs = 0 } = plan
  if (warmMs === 0 || returnPoint === null) return []
  const step = { name: 'Blue is warm', bakeMs: warmMs, isRest: true }
  if (outcome !== 'succeeded' || finishedAt === null) return [{ ...step, state: 'ahead' }]
  const bakedMs = Math.max(0, Math.min(warmMs, now - finishedAt))
  return [{ ...step, bakedMs, state: bakedMs < warmMs ? 'current' : 'done' }]
}

function weightStep(
  deployment: DeploymentDetail,
  { name, bakeMs }: PlanStep & { readonly name: string },
  index: number,
  { isUndone, now }: { readonly isUndone: boolean; readonly now: number },
): RailStep {
  const { step, status, weights, finishedAt } = deployment
  const reached = weights.findLast((each) => each.step === index && each.weight > 0)
  if (reached === undefined) return { name, state: index < step ? 'skipped' : 'ahead', bakeMs }
  if (index < step) return { name, state: 'done', bakeMs }
  if (isUndone) return { name, state: 'undone', bakeMs }
  if (status === 'finished') return { name, state: 'done', bakeMs }
  const bakedMs = Math.max(0, Math.min(bakeMs, (finishedAt ?? now) - reached.at))
  return { name, state: 'current', bakeMs, bakedMs }
}

/** What the current step waits for, in words. */
export function waitsFor(deployment: DeploymentDetail, now: number): string {
  const { status, readyAt, plan, verdict, brake, step } = deployment
  if (status === 'paused') return 'paused'
  if (status !== 'running') return ''
  if (readyAt === null) return `for ${plan.replicas} ready instances`
  const current = railOf(deployment, now).find(({ state }) => state === 'current')
  if (current === undefined) return 'for its first traffic'
  if (brake !== null) return 'until the suspicion is settled'
  const isClimbing = plan.analysis.ramp !== undefined && step <= 0
  if (isClimbing && verdict?.isProven !== true) return 'until it is proven to be no worse'
  const leftMs = (current.bakeMs ?? 0) - (current.bakedMs ?? 0)
  if (leftMs > 0) return ''
  const isProven = plan.strategy === 'rolling' || verdict?.reason === 'healthy'
  return isProven ? 'about to go on' : 'until it has proven itself'
}
