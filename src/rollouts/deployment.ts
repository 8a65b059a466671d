/**
 * A deployment puts one release on one slot, once. Its plan never changes on the way; what changes
 * is how far it is and what was measured. The judge's state is folded from the ticks, so the same
 * stream gives the same verdict for ever. From the abort on it is an undo, and ends as one.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { DeploymentCommand } from './commands.ts'
import { HOLD_MS, UNDO_MS } from './deadline.ts'
import type { Deployment, Finished, Moving, Running, Undoing } from './deployment-state.ts'
import { evolveDeployment } from './deployment-state.ts'
import type { DeploymentEvent, DeploymentOutcome } from './events.ts'
import { instancesAt } from './batches.ts'
import { judgeTick } from './judge/judge.ts'
import { isPlanned } from './ramp.ts'

export type DeploymentRefusal =
  | 'deployment.exists'
  | 'deployment.unstarted'
  | 'deployment.finished'
  | 'deployment.has-effects'
  | 'deployment.undoing'
  | 'deployment.not-undoing'
  | 'deployment.not-ready'
  | 'deployment.not-exposed'
  | 'deployment.wrong-step'
  | 'deployment.not-complete'
  | 'deployment.not-restored'

type Answer = readonly DeploymentEvent[] | Rejection<DeploymentRefusal>
type Of<Type extends DeploymentCommand['type']> = Extract<DeploymentCommand, { type: Type }>
type OnTheWay = Exclude<DeploymentCommand, { type: 'deployment.start' }>

export { UNDO_MS } from './deadline.ts'

export const deployment: Decider<
  Deployment,
  DeploymentCommand,
  DeploymentEvent,
  DeploymentRefusal
> = {
  initial: { status: 'unstarted' },
  decide(command, state) {
    if (command.type === 'deployment.start') return start(command, state)
    switch (state.status) {
      case 'unstarted':
        return reject('deployment.unstarted', 'There is no such deployment.', 'Look up its id.')
      case 'running':
        return whileRunning(command, state)
      case 'undoing':
        return whileUndoing(command, state)
      case 'finished':
        return command.type === 'deployment.finish' ? [] : over(command, state)
    }
  },
  evolve: evolveDeployment,
}

export const deployments = { kind: 'deployment', decider: deployment } as const

function start(command: Of<'deployment.start'>, state: Deployment): Answer {
  if (state.status === 'unstarted') return [{ ...command, type: 'deployment.started' }]
  return state.about.deployment === command.deployment && state.about.fence === command.fence
    ? []
    : reject('deployment.exists', 'This deployment exists already.', 'Start one with a new id.')
}

function whileRunning(command: OnTheWay, state: Running): Answer {
  const { at, by } = command
  switch (command.type) {
    case 'deployment.ready':
      return state.readyAt === undefined ? ready(command, state) : []
    case 'deployment.setWeight':
      return setWeight(command, state)
    case 'deployment.brake':
      return brake(command, state)
    case 'deployment.releaseBrake':
      return releaseBrake(command, state)
    case 'deployment.beginBatch':
      return beginBatch(command, state)
    case 'deployment.measure': {
      if (state.exposedAt === undefined) return notExposed
      const { tick } = command
      const { verdict } = judgeTick(state.settings, state.judge, tick, state.weight)
      return [{ type: 'deployment.measured', at, by, tick, verdict }]
    }
    case 'deployment.pause':
      return pause(command, state)
    case 'deployment.resume':
      return state.pausedFor === undefined ? [] : [{ type: 'deployment.resumed', at, by }]
    case 'deployment.advance':
      return advance(command, state)
    case 'deployment.abort': {
      const { cause, reason, makesWayFor } = command
      const way = makesWayFor === undefined ? {} : { makesWayFor }
      const stands = standing(state)
      return [{ type: 'deployment.abortRequested', at, by, cause, reason, ...way, stands }]
    }
    case 'deployment.cancel':
      return reject(
        'deployment.has-effects',
        'It has had effects: instances were started for it.',
        `Abort it: \`signalbox abort ${state.about.deployment}\`.`,
      )
    case 'deployment.callOverdue':
      return callOverdue(command, state)
    case 'deployment.undoBatch':
    case 'deployment.restore':
      return reject('deployment.not-undoing', 'It is not being undone.', 'Abort it first.')
    case 'deployment.preview': {
      if (state.readyAt === undefined) return notReady
      // Who is seen already is tested as users see it.
      if (state.exposedAt !== undefined || state.preview !== undefined) return []
      const { passed, detail } = command
      return [{ type: 'deployment.previewTested', at, by, passed, detail }]
    }
    case 'deployment.smoke': {
      if (state.weight < 100) return notComplete
      const { passed, detail } = command
      return [{ type: 'deployment.smokeTested', at, by, passed, detail }]
    }
    case 'deployment.finish':
      return succeed(command, state)
  }
}

function whileUndoing(command: OnTheWay, state: Undoing): Answer {
  const { at, by } = command
  switch (command.type) {
    case 'deployment.abort':
    case 'deployment.ready':
    case 'deployment.brake':
    case 'deployment.releaseBrake':
    case 'deployment.beginBatch':
    case 'deployment.measure':
    case 'deployment.preview':
    case 'deployment.smoke':
    case 'deployment.callOverdue':
      // The first abort stands, and what comes in late changes nothing.
      return []
    case 'deployment.setWeight':
      // Traffic was moved, and we were killed before we could say so: users saw it all the same.
      return state.exposedAt === undefined
        ? [{ type: 'deployment.weightSet', at, by, step: command.step, weight: command.weight }]
        : []
    case 'deployment.undoBatch': {
      const { step, weight } = command
      const isBack = state.restoredAt !== undefined || weight >= state.weight
      return isBack ? [] : [{ type: 'deployment.batchUndone', at, by, step, weight }]
    }
    case 'deployment.restore':
      return state.restoredAt === undefined
        ? [{ type: 'deployment.trafficRestored', at, by, deployment: command.deployment }]
        : []
    case 'deployment.pause':
    case 'deployment.resume':
    case 'deployment.advance':
    case 'deployment.cancel':
      return reject(
        'deployment.undoing',
        'It is being undone, and nothing may delay that.',
        'Wait until it has finished; it takes a minute at most.',
      )
    case 'deployment.finish':
      return endUndo(command, state)
  }
}

/** Whoever is ready has run its migrations: what they took away is gone, and is told at once. */
function ready({ at, by, replicas }: Of<'deployment.ready'>, { about }: Running): Answer {
  const isReady = { type: 'deployment.instancesReady', at, by, replicas } as const
  const { plan, noReturnAccepted: accepted } = about
  if (plan.noReturn === undefined || accepted === undefined) return [isReady]
  const { deployment: id, service, environment, environmentKind, tier, release, version } = about
  const place = { deployment: id, service, environment, environmentKind, tier, release, version }
  const passed = { ...place, noReturn: plan.noReturn, accepted }
  return [isReady, { type: 'deployment.noReturnPassed', at, by, ...passed }]
}

/** Forward only, along the plan; where nobody is left to compare with, straight to the end. */
function setWeight({ at, by, step, weight }: Of<'deployment.setWeight'>, state: Running): Answer {
  if (state.readyAt === undefined) return notReady
  if (step === state.step && weight === state.weight) return []
  if (!isPlanned(state, { step, weight }))
    return reject(
      'deployment.wrong-step',
      `Step ${step} at ${weight} % is not what the plan has after step ${state.step}.`,
      'Follow the plan; abort the deployment to go back.',
    )
  return [{ type: 'deployment.weightSet', at, by, step, weight }]
}

/** Down alone, and as often as it is said it is one brake. */
function brake({ at, by, weight }: Of<'deployment.brake'>, state: Running): Answer {
  if (state.exposedAt === undefined) return notExposed
  if (state.brake !== undefined) return []
  if (weight >= state.weight || state.weight >= 100)
    return reject(
      'deployment.wrong-step',
      `A brake from ${state.weight} % to ${weight} % cuts nothing.`,
      'Abort the deployment to take all of its traffic back.',
    )
  const reason = state.lastVerdict?.says ?? 'It looks bad.'
  return [{ type: 'deployment.braked', at, by, from: state.weight, weight, reason }]
}

/** Back to what stood before, and no further. */
function releaseBrake({ at, by }: Of<'deployment.releaseBrake'>, state: Running): Answer {
  if (state.brake === undefined) return []
  return [{ type: 'deployment.brakeReleased', at, by, weight: state.brake.from }]
}

/** Said once a batch: from then on its instances have their time to come up. */
function beginBatch({ at, by, step }: Of<'deployment.beginBatch'>, state: Running): Answer {
  if (state.readyAt === undefined) return notReady
  if (state.batch?.step === step) return []
  const { plan } = state.about
  if (step !== state.step + 1 || step > plan.steps.length)
    return reject(
      'deployment.wrong-step',
      `Batch ${step} does not come after step ${state.step}.`,
      'Follow the plan; abort the deployment to go back.',
    )
  return [{ type: 'deployment.batchBegun', at, by, step, instances: instancesAt(plan, step) }]
}

/** Whoever paused it before may not know yet that it is bad, and that it is not taken back. */
function pause(
  { at, by, reason, budget, belowFloor }: Of<'deployment.pause'>,
  state: Running,
): Answer {
  const isNews = state.pausedFor === undefined || (belowFloor && !state.isHeldBelowFloor)
  if (!isNews) return []
  const { deployment, service, environment, environmentKind, tier, version } = state.about
  if (belowFloor === undefined) {
    const stands = standing(state)
    return [{ type: 'deployment.paused', at, by, reason, ...(budget && { budget }), stands }]
  }
  const place = { deployment, service, environment, environmentKind, tier, version }
  const held = { ...place, exposedAt: state.exposedAt ?? at, ...belowFloor }
  return [{ type: 'deployment.paused', at, by, reason, belowFloor: held }]
}

const standing = ({ about: { service, environment, version }, weight }: Running) => ({
  service,
  environment,
  version,
  weight,
})

/** Nobody means to hold two releases side by side for ever; who forgot is reminded. */
function callOverdue({ at, by }: Of<'deployment.callOverdue'>, state: Running): Answer {
  const { pausedFor, pausedAt, isOverdue, about, weight } = state
  if (pausedFor === undefined || pausedAt === undefined || isOverdue) return []
  if (at < pausedAt + HOLD_MS) return []
  const { deployment: id, service, environment, environmentKind, tier, version } = about
  const held = { deployment: id, service, environment, environmentKind, tier, version }
  const why = { weight, since: pausedAt, reason: pausedFor }
  return [{ type: 'deployment.heldTooLong', at, by, ...held, ...why }]
}

/** What is over is not aborted; what was meant has a name of its own. */
function over({ type }: OnTheWay, { about, outcome }: Finished): Answer {
  const { service, environment } = about
  const undo = type === 'deployment.abort' || type === 'deployment.cancel'
  return reject(
    'deployment.finished',
    `It is over: ${outcome}.`,
    undo && outcome === 'succeeded'
      ? `Roll it back: \`signalbox rollback ${service} --env ${environment}\`.`
      : 'Promote a release to start a new one.',
  )
}

function advance({ at, by, reason }: Of<'deployment.advance'>, state: Running): Answer {
  if (state.readyAt === undefined) return notReady
  const isNews = !state.isAdvanced || state.pausedFor !== undefined
  return isNews ? [{ type: 'deployment.advanced', at, by, reason }] : []
}

function succeed({ at, by, shadows }: Of<'deployment.finish'>, state: Running): Answer {
  const hasBaked = state.isAdvanced || at >= state.weightSetAt + state.about.plan.bakeMs
  if (state.weight < 100 || !hasBaked || state.smoke?.passed !== true) return notComplete
  const early = state.hurriedAt.map((weight) => `${weight} %`).join(', ')
  const reason =
    early === '' ? 'It stayed healthy to the end.' : `It went on unproven at ${early}, by decision.`
  return [finished(state, { at, by, ...(shadows && { shadows }) }, 'succeeded', reason)]
}

function endUndo({ at, by, shadows }: Of<'deployment.finish'>, state: Undoing): Answer {
  const { cause, reason } = state.abort
  const isBack = state.exposedAt === undefined || state.restoredAt !== undefined
  if (!isBack && at < state.abort.at + UNDO_MS)
    return reject(
      'deployment.not-restored',
      'Users still see this release.',
      'Restore the traffic first.',
    )
  if (!isBack)
    return [
      finished(
        state,
        { at, by, ...(shadows && { shadows }) },
        'stuck',
        `Traffic could not be given back: ${reason}`,
      ),
    ]
  if (cause === 'person' || cause === 'preemption')
    return [finished(state, { at, by, ...(shadows && { shadows }) }, 'aborted', reason)]
  const outcome = state.exposedAt === undefined ? 'failed' : 'rolledBack'
  return [finished(state, { at, by, ...(shadows && { shadows }) }, outcome, reason)]
}

function finished(
  { about, exposedAt }: Moving,
  now: Pick<Of<'deployment.finish'>, 'at' | 'by' | 'shadows'>,
  outcome: DeploymentOutcome,
  reason: string,
): DeploymentEvent {
  const { type: _, at: startedAt, by: __, plan: ___, fence: ____, ...facts } = about
  const exposed = exposedAt === undefined ? {} : { exposedAt }
  return { type: 'deployment.finished', ...now, ...facts, startedAt, ...exposed, outcome, reason }
}

const notReady = reject(
  'deployment.not-ready',
  'Its instances are not ready yet.',
  'Wait until they are, or abort it.',
)
const notExposed = reject(
  'deployment.not-exposed',
  'It has no traffic yet, so there is nothing to measure.',
  'Wait for its first step.',
)
const notComplete = reject(
  'deployment.not-complete',
  'It has not stood at 100 %, baked and answered its smoke test.',
  'Let it go on, or advance it.',
)
