/** The steps of a rollout as a rail: what is behind, where it stands, how long, what comes. */
import type { DeploymentDetail } from '../../api/rollouts.ts'

export interface RailStep {
  readonly name: string
  readonly state: 'done' | 'current' | 'ahead' | 'skipped' | 'undone'
  /** How long it stays there at least; absent where time is not what it waits for. */
  readonly bakeMs?: number
  /** Of the current one: how much of that is behind it, at most all. */
  readonly bakedMs?: number
}

export function railOf(deployment: DeploymentDetail, now: number): readonly RailStep[] {
  const { plan, readyAt, status, outcome } = deployment
  const weights = [...plan.steps, { weight: 100, bakeMs: plan.bakeMs }]
  const isOver = status === 'finished'
  const isUndone = status === 'undoing' || (isOver && outcome !== 'succeeded')
  const instances: RailStep = {
    name: 'Instances',
    state: readyAt !== null ? 'done' : isUndone ? 'undone' : 'current',
  }
  const validated: RailStep = {
    name: 'Validated',
    state: outcome === 'succeeded' ? 'done' : 'ahead',
  }
  return [
    instances,
    ...weights.map((step, i) => weightStep(deployment, step, i, { isUndone, now })),
    validated,
  ]
}

function weightStep(
  deployment: DeploymentDetail,
  { weight, bakeMs }: { readonly weight: number; readonly bakeMs: number },
  index: number,
  { isUndone, now }: { readonly isUndone: boolean; readonly now: number },
): RailStep {
  const name = `${weight} %`
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
  const { status, readyAt, plan, verdict } = deployment
  if (status === 'paused') return 'paused'
  if (status !== 'running') return ''
  if (readyAt === null) return `for ${plan.replicas} ready instances`
  const current = railOf(deployment, now).find(({ state }) => state === 'current')
  if (current === undefined) return 'for its first traffic'
  const leftMs = (current.bakeMs ?? 0) - (current.bakedMs ?? 0)
  if (leftMs > 0) return ''
  const isProven = plan.strategy === 'rolling' || verdict?.reason === 'healthy'
  return isProven ? 'about to go on' : 'until it has proven itself'
}
