/**
 * What to do next about a deployment, from what its stream says and what the target shows. The
 * reconciler does the one thing named here and asks again, so that everything that decides how a
 * rollout goes can be read, and tested, without a target. Undoing stands in undo.ts.
 */
import { formatDuration } from '#kernel/duration.ts'
import { brakeMove, isWornOut } from './brake.ts'
import { type BelowFloor, heldBelowFloor } from './below-floor.ts'
import { instancesAt, isBatched, oldBeside } from './batches.ts'
import { spentBudget } from './budgets.ts'
import type { DeploymentCommand } from './commands.ts'
import type { Deployment, Running } from './deployment-state.ts'
import { doubtOf } from './doubt.ts'
import { byRisk, climbOf, isClimbing, nextWeight } from './ramp.ts'
import { type Closing, reasonsToRest, restUntil } from './resting.ts'
import { undo } from './undo.ts'

interface Group {
  /** The deployment whose instances they are. */
  readonly group: string
  /** How many there should be. */
  readonly replicas: number
  readonly ready: number
  /** Last output of an instance that is not well. */
  readonly tail: string
}

export interface Observed {
  /** The target did not say what it runs: `groups` and `weights` mean nothing. */
  readonly isBlind: boolean
  readonly groups: readonly Group[]
  /** Percent by group, as the router holds it. */
  readonly weights: Readonly<Record<string, number>>
  /** Whose traffic it was when the deployment took the slot: the arm to compare with. */
  readonly stable: string | undefined
  /** Of both releases, as known before the first step; undefined: nobody knows. */
  readonly requestsPerS?: number | undefined
  /** Why nothing may move forward now: an emergency stop, a hold that came later. */
  readonly obstacles: readonly string[]
  /** Why the calendar wants it to rest, where that is safe. */
  readonly closing: Closing | undefined
  /** When the calendar opens again; null: open, or not in sight. */
  readonly reopensAt?: number | null | undefined
  /** Why the release was marked bad for this environment since. */
  readonly veto: string | undefined
  /** Why what it would go back to does not work any more with what is applied there. */
  readonly belowFloor?: BelowFloor | undefined
  /** Why that is not known for sure, where it is no reason not to go back. */
  readonly doubt?: string | undefined
  /** Since when none of its instances is ready, though one was. */
  readonly unreadySince: number | undefined
  /** Since when fewer of them are ready than its batch has. */
  readonly shortSince?: number | undefined
  /** How many instances the release to go back to ran with. */
  readonly replicasBefore?: number | undefined
  /** Since when every call to the target fails, and how. */
  readonly failing: { readonly since: number; readonly why: string } | undefined
}

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never
export type Wish = Without<DeploymentCommand, 'at' | 'by'>

export type Move =
  /** Left out: as many instances as its plan has. */
  | { readonly do: 'ensure'; readonly deployment: string; readonly replicas?: number }
  | {
      readonly do: 'weigh'
      readonly weights: Readonly<Record<string, number>>
      readonly then: Wish
    }
  | { readonly do: 'measure' }
  | { readonly do: 'preview' }
  | { readonly do: 'smoke' }
  | { readonly do: 'retire'; readonly group: string }
  | { readonly do: 'report'; readonly wish: Wish }
  | { readonly do: 'wait'; readonly until: number; readonly why: string }
  | { readonly do: 'rest' }

/** How often to look whether instances have come up: people watch this. */
const READY_LOOK_MS = 250
/** How often to look while somebody may act. */
const OBSTACLE_LOOK_MS = 2_000
const BLIND_LOOK_MS = 1_000
/** A restart of every instance is forgiven for so long; longer is an outage. */
const UNREADY_MS = 10_000
/** A target that fails for a minute will not be waited for. */
const FAILING_MS = 60_000
/** A step that has not proven itself after ten times its bake time will not do so by waiting. */
const PATIENCE_BAKES = 10
/** From this tier on, a release that nobody uses goes on, flagged, instead of asking a person. */
const UNPROVEN_FROM_TIER = 2
/**
 * A rollout that waits for days is looked at ever less often, or its log would grow without end.
 */
const TICKS_AT_FULL_RATE = 1_000

export function nextMove(state: Deployment, observed: Observed, now: number): Move {
  switch (state.status) {
    case 'unstarted':
    case 'finished':
      return { do: 'rest' }
    case 'running':
      return observed.isBlind ? inTheDark(state, observed, now) : forward(state, observed, now)
    case 'undoing':
      return undo(state, observed, now)
  }
}

function inTheDark(state: Running, observed: Observed, now: number): Move {
  const wait: Move = { do: 'wait', until: now + BLIND_LOOK_MS, why: 'the target does not answer' }
  return lost(state, observed, now) ?? wait
}

function forward(state: Running, observed: Observed, now: number): Move {
  if (state.readyAt === undefined) return prepare(state, observed, now)
  if (state.exposedAt !== undefined && now >= nextTickAt(state)) return { do: 'measure' }
  const trouble = troubleOf(state, observed, now)
  if (trouble !== undefined) return trouble
  const brake = brakeMove(state, observed, now)
  if (brake !== undefined) return brake
  if (isWornOut(state) && state.pausedFor === undefined)
    return pause(state.lastVerdict?.says ?? 'It looked bad again and again.')
  const spent = state.pausedFor === undefined ? spentBudget(state, now) : undefined
  if (spent !== undefined) return { do: 'report', wish: { type: 'deployment.pause', ...spent } }
  const { deployment } = state.about
  const group = groupNamed(observed, deployment)
  const replicas = instancesWanted(state, observed)
  if (group === undefined || group.replicas < replicas)
    return { do: 'ensure', deployment, replicas }
  // A router that was restarted has forgotten: what was decided is said again.
  if (state.weight > 0 && (observed.weights[deployment] ?? 0) === 0)
    return weigh(state, observed, { step: state.step, weight: state.weight })
  if (state.pausedFor !== undefined) return look(state, now, `paused: ${state.pausedFor}`)
  // Nobody is let in before it has answered somebody who is no user.
  if (isPreviewed(state) && state.preview === undefined) return { do: 'preview' }
  if (state.brake !== undefined && !state.isAdvanced) return look(state, now, 'braked')
  return state.weight < 100 ? climb(state, observed, now) : complete(state, observed, now)
}

function prepare(state: Running, observed: Observed, now: number): Move {
  const { deployment, plan, at: startedAt } = state.about
  const group = groupNamed(observed, deployment)
  const deadline = startedAt + plan.readyMs
  const replicas = instancesWanted(state, observed)
  if (group !== undefined && group.ready >= replicas)
    return { do: 'report', wish: { type: 'deployment.ready', replicas } }
  const given = vetoed(state, observed) ?? lost(state, observed, now)
  if (given !== undefined) return given
  if (now >= deadline) {
    const ready = `${group?.ready ?? 0} of ${replicas} instances`
    // A group that could not even be made has no words of its own; the target's fault has.
    const why = group?.tail || (observed.failing?.why ?? '')
    const told = `${ready} were ready after ${formatDuration(plan.readyMs)}.\n${why}`.trimEnd()
    return abort('health', told)
  }
  const leftover = group === undefined ? leftoverOf(state, observed) : undefined
  if (leftover !== undefined) return { do: 'retire', group: leftover }
  if (group === undefined) return { do: 'ensure', deployment, replicas }
  const until = Math.min(deadline, now + READY_LOOK_MS)
  return { do: 'wait', until, why: 'instances are starting' }
}

/** What speaks against going on, if anything does that nobody has overruled. */
function troubleOf(state: Running, observed: Observed, now: number): Move | undefined {
  const { lastVerdict, preview, smoke } = state
  const { deployment } = state.about
  const bad = vetoed(state, observed)
  if (bad !== undefined) return bad
  if (lastVerdict?.verdict === 'rollback' && !state.isOverruled) {
    const ratio = `about ${lastVerdict.ratio.toFixed(1)} times the stable release`
    return alarm(state, observed, 'analysis', `${lastVerdict.reason}: ${ratio}`)
  }
  if (preview?.passed === false)
    return alarm(state, observed, 'health', `smoke test before any traffic: ${preview.detail}`)
  if (smoke?.passed === false)
    return alarm(state, observed, 'health', `smoke test: ${smoke.detail}`)
  if (observed.unreadySince !== undefined && now >= observed.unreadySince + UNREADY_MS) {
    const tail = groupNamed(observed, deployment)?.tail ?? ''
    return alarm(state, observed, 'health', `No instance is ready any more.\n${tail}`.trimEnd())
  }
  return lost(state, observed, now)
}

/** A person's word, so it needs no leave for automatic rollback; a rollback has nowhere to go. */
function vetoed(state: Running, { veto }: Observed): Move | undefined {
  if (veto === undefined || state.about.kind === 'rollback') return undefined
  return abort('person', `vetoed: ${veto}`)
}

/** A target that fails for long enough is given up. */
function lost(state: Running, observed: Observed, now: number): Move | undefined {
  const { failing } = observed
  if (failing === undefined || now < failing.since + FAILING_MS) return undefined
  return alarm(state, observed, 'deadline', failing.why)
}

type Cause = Extract<Wish, { type: 'deployment.abort' }>['cause']

/**
 * Undo, where we may: always before users see it, afterwards unless the policy wants a person, or
 * what it would go back to is below the rollback floor. A rollback is never undone by itself,
 * because what it replaced is known to be bad.
 */
function alarm(
  state: Running,
  { belowFloor, doubt }: Observed,
  cause: Cause,
  reason: string,
): Move | undefined {
  const { kind, plan } = state.about
  if (state.exposedAt === undefined) return abort(cause, reason)
  if (plan.analysis.automaticRollback && kind !== 'rollback') {
    if (belowFloor === undefined)
      return abort(cause, doubt ? `${reason}\nIn doubt: ${doubt}` : reason)
    if (state.isHeldBelowFloor) return undefined
    return { do: 'report', wish: heldBelowFloor(reason, belowFloor) }
  }
  return state.pausedFor === undefined ? pause(`${reason} (no automatic rollback here)`) : undefined
}

function climb(state: Running, observed: Observed, now: number): Move {
  const { plan, deployment } = state.about
  const { stable } = observed
  const mayGo = state.step === -1 ? undefined : climbing(state, observed, now)
  if (mayGo !== undefined) return mayGo
  const rest = reasonsToRest({ ...state, plan: state.about.plan }, observed, now)
  if (rest.length > 0) {
    const tickAt = state.exposedAt === undefined ? Infinity : nextTickAt(state)
    return { do: 'wait', until: restUntil(observed, tickAt, now), why: rest.join('; ') }
  }
  const batch = isBatched(plan) ? nextBatch(state, observed, now) : undefined
  if (batch !== undefined) return batch
  const next = nextWeight(state, byRisk(observed.requestsPerS))
  if (stable === undefined || stable === deployment || next.step === plan.steps.length)
    return weigh(state, observed, { step: plan.steps.length, weight: 100 })
  const kept = isBatched(plan) ? oldBeside(plan, state.step + 1) : undefined
  if (groupNamed(observed, stable) === undefined)
    return { do: 'ensure', deployment: stable, ...(kept !== undefined && { replicas: kept }) }
  return weigh(state, observed, next)
}

/**
 * Makes the instances that the next step's traffic needs: those that the last batch replaced go
 * first, and are known not to be needed, because it has baked. Undefined when they are there.
 */
function nextBatch(state: Running, observed: Observed, now: number): Move | undefined {
  const { plan, deployment } = state.about
  const step = state.step + 1
  const ready = groupNamed(observed, deployment)?.ready ?? 0
  const old = observed.stable === undefined ? undefined : groupNamed(observed, observed.stable)
  if (old === undefined || old.group === deployment) return undefined
  // Nothing is taken from the old release that the new one does not serve already.
  const isWhole = state.step === -1 || ready >= instancesAt(plan, state.step)
  const kept = oldBeside(plan, step)
  if (isWhole && kept !== undefined && old.replicas > kept)
    return { do: 'ensure', deployment: old.group, replicas: kept }
  if (isWhole && (state.batch?.step ?? 0) < step)
    return { do: 'report', wish: { type: 'deployment.beginBatch', step } }
  const wanted = instancesWanted(state, observed)
  if (ready >= wanted) return undefined
  const since = observed.shortSince ?? now
  const why = `${ready} of ${wanted} instances are ready`
  if (now < since + plan.readyMs)
    return { do: 'wait', until: Math.min(now + READY_LOOK_MS, since + plan.readyMs), why }
  const tail = groupNamed(observed, deployment)?.tail ?? ''
  const told = `${why} after ${formatDuration(plan.readyMs)}.\n${tail}`.trimEnd()
  return alarm(state, observed, 'health', told) ?? look(state, now, why)
}

/** How many of ours there should be now; all of them where there is nobody to replace. */
function instancesWanted(state: Running, { stable }: Observed): number {
  const { plan, deployment } = state.about
  if (stable === undefined || stable === deployment) return plan.replicas
  return instancesAt(plan, Math.max(state.step, state.batch?.step ?? 0))
}

/** At 100 %: smoke test, bake, and only then is the old release let go. */
function complete(state: Running, observed: Observed, now: number): Move {
  if (state.smoke === undefined) return { do: 'smoke' }
  // They come back within the moment that is forgiven, or it is taken back: until that is known it
  // is not called good, and whom it would go back to is kept.
  if (observed.unreadySince !== undefined)
    return { do: 'wait', until: now + READY_LOOK_MS, why: 'no instance is ready' }
  const { strategy, warmMs = 0 } = state.about.plan
  const isKept = (group: string) => warmMs > 0 && group === observed.stable
  const old = observed.groups.find(
    ({ group }) => group !== state.about.deployment && !isKept(group),
  )
  // A canary keeps the old release warm until the end, to go back within a second. Elsewhere its
  // memory is worth more.
  if (old !== undefined && strategy === 'rolling') return { do: 'retire', group: old.group }
  const mayGo = standing(state, observed, now)
  if (mayGo !== undefined) return mayGo
  if (old !== undefined) return { do: 'retire', group: old.group }
  return { do: 'report', wish: { type: 'deployment.finish' } }
}

/** Where all users change at once, it is tested before they do. */
function isPreviewed({ about, exposedAt }: Running): boolean {
  const { plan, kind } = about
  return plan.strategy === 'blue-green' && kind !== 'rollback' && exposedAt === undefined
}

/** What was kept warm makes room for what is to come; a rollback may still need it. */
function leftoverOf({ about }: Running, { groups, stable, weights }: Observed): string | undefined {
  if (about.kind === 'rollback' || stable === undefined) return undefined
  const needed = [about.deployment, stable, about.returnPoint?.deployment]
  return groups.find(({ group }) => !needed.includes(group) && !weights[group])?.group
}

/** Up to its cap a canary goes by the risk where its plan has a ramp, and else by its steps. */
function climbing(state: Running, observed: Observed, now: number): Move | undefined {
  const { stable } = observed
  const isAlone = stable === undefined || stable === state.about.deployment
  if (state.isAdvanced || isAlone || !isClimbing(state)) return standing(state, observed, now)
  const climb = climbOf(state, now)
  switch (climb.is) {
    case 'goes':
      return undefined
    case 'goes unproven':
      return {
        do: 'report',
        wish: { type: 'deployment.advance', reason: `unproven: ${climb.why}` },
      }
    case 'asks':
      return pause(`unproven after ${formatDuration(now - askedSince(state))}: ${climb.why}`)
    case 'waits':
      return look(state, now, climb.why)
  }
}

/** Who resumed it began its time anew. */
const askedSince = ({ resumedAt, exposedAt, about }: Running) => resumedAt ?? exposedAt ?? about.at

/** Undefined when the step that stands has done its time and proven itself; else what to do. */
function standing(state: Running, observed: Observed, now: number): Move | undefined {
  if (state.isAdvanced) return undefined
  const { plan, tier } = state.about
  const bakeMs = plan.steps[state.step]?.bakeMs ?? plan.bakeMs
  // The last of its bake is measured when it has come in.
  const bakedAt = state.weightSetAt + bakeMs + (plan.analysis.source?.lagMs ?? 0)
  if (now < bakedAt) return look(state, now, `baking at ${state.weight} %`, bakedAt)
  const doubt = doubtOf(state, observed.stable)
  if (doubt === undefined) return undefined
  const patientUntil = state.patientSince + PATIENCE_BAKES * Math.max(bakeMs, plan.analysis.tickMs)
  if (now < patientUntil) return look(state, now, doubt.why, patientUntil)
  if (doubt.isQuiet && tier >= UNPROVEN_FROM_TIER)
    return { do: 'report', wish: { type: 'deployment.advance', reason: `unproven: ${doubt.why}` } }
  return pause(`unproven after ${formatDuration(now - state.patientSince)}: ${doubt.why}`)
}

function weigh(
  state: Running,
  { stable }: Observed,
  to: { readonly step: number; readonly weight: number },
): Move {
  const { deployment } = state.about
  const rest = stable === undefined || to.weight === 100 ? {} : { [stable]: 100 - to.weight }
  const weights = { ...rest, [deployment]: to.weight }
  return { do: 'weigh', weights, then: { type: 'deployment.setWeight', ...to } }
}

function look(state: Running, now: number, why: string, until = Infinity): Move {
  const tick = state.exposedAt === undefined ? now + OBSTACLE_LOOK_MS : nextTickAt(state)
  return { do: 'wait', until: Math.min(tick, until), why }
}

/** What comes late is counted late: a tick holds requests of one weight alone. */
function nextTickAt({ about, tickedAt, weightSetAt, ticks }: Running): number {
  const { tickMs, source } = about.plan.analysis
  const slower = Math.max(1, ticks / TICKS_AT_FULL_RATE)
  const since =
    source === undefined
      ? (tickedAt ?? weightSetAt)
      : Math.max(tickedAt ?? 0, weightSetAt + source.lagMs)
  return since + tickMs * slower
}

const groupNamed = (observed: Observed, name: string) =>
  observed.groups.find(({ group }) => group === name)
const abort = (cause: Cause, reason: string): Move => ({
  do: 'report',
  wish: { type: 'deployment.abort', cause, reason },
})
const pause = (reason: string): Move => ({
  do: 'report',
  wish: { type: 'deployment.pause', reason },
})
