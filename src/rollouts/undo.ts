/**
 * The way back. Traffic first: nobody is served by the bad release a moment longer than it takes to
 * turn the router, and only then is anything cleaned up. Nothing here waits for a person or a
 * freeze, and past its deadline an undo says that it is stuck.
 */
import { instancesAt, isBatched } from './batches.ts'
import { UNDO_MS } from './deployment.ts'
import type { Undoing } from './deployment-state.ts'
import type { Move, Observed } from './next-move.ts'

/** For so long all the instances to go back to are waited for; then those that there are do. */
const WHOLE_MS = 5_000
/** How often to look whether the instances to go back to have come up. */
const LOOK_MS = 250

export function undo(state: Undoing, observed: Observed, now: number): Move {
  const { deployment } = state.about
  const isLate = now >= state.abort.at + UNDO_MS
  if (observed.isBlind && !isLate)
    return { do: 'wait', until: now + LOOK_MS, why: 'the target does not answer' }
  const share = observed.weights[deployment] ?? 0
  if (state.exposedAt === undefined && share > 0) {
    const seen = { step: state.step + 1, weight: Math.min(100, share) }
    return { do: 'report', wish: { type: 'deployment.setWeight', ...seen } }
  }
  const isBack = state.exposedAt === undefined || state.restoredAt !== undefined
  if (!isBack && !isLate) return giveBack(state, observed, now)
  const isThere = observed.groups.some(({ group }) => group === deployment)
  // Past the deadline what is left over is not waited for: the slot's reconciler sweeps.
  if (isThere && isBack && !isLate) return { do: 'retire', group: deployment }
  return { do: 'report', wish: { type: 'deployment.finish' } }
}

function giveBack(state: Undoing, observed: Observed, now: number): Move {
  const { about, abort } = state
  const to = about.returnPoint?.deployment
  if (to === undefined) {
    const isThere = observed.groups.some(({ group }) => group === about.deployment)
    if (isThere) return { do: 'retire', group: about.deployment }
    return { do: 'report', wish: { type: 'deployment.restore', deployment: null } }
  }
  const group = observed.groups.find((each) => each.group === to)
  const whole = observed.replicasBefore ?? 0
  const part = group && lastBatchBack(state, observed, group)
  if (part !== undefined) return part
  // Whatever was replaced batch by batch comes back at once.
  if (group === undefined || group.replicas < whole) return { do: 'ensure', deployment: to }
  // The few that were left would fall over under everybody's requests.
  const isShort = isBatched(about.plan) && group.ready < whole && now < abort.at + WHOLE_MS
  if (group.ready === 0 || isShort)
    return { do: 'wait', until: now + LOOK_MS, why: 'the instances to go back to are starting' }
  return {
    do: 'weigh',
    weights: { [to]: 100 },
    then: { type: 'deployment.restore', deployment: to },
  }
}

/**
 * The last batch first: what it replaced is kept until the next one begins, and takes its traffic
 * back this very moment. The instances of the batches before have to be started.
 */
function lastBatchBack(
  { about, step, weight }: Undoing,
  { weights }: Observed,
  old: Observed['groups'][number],
): Move | undefined {
  const { plan, deployment } = about
  const before = plan.steps[step - 1]
  if (!isBatched(plan) || before === undefined || weight <= before.weight) return undefined
  const isEnough = old.ready >= plan.replicas - instancesAt(plan, step - 1)
  if (!isEnough || (weights[deployment] ?? 0) === 0) return undefined
  return {
    do: 'weigh',
    weights: { [old.group]: 100 - before.weight, [deployment]: before.weight },
    then: { type: 'deployment.undoBatch', step: step - 1, weight: before.weight },
  }
}
