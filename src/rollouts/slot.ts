/**
 * A slot is one service in one environment: its address, the lock on it, and what it holds. The
 * lock is taken only to act, never to wait, and comes with a fence that grows each time, so that a
 * holder that was given up can do no harm later. A hold stops automation, never people, until one
 * lifts it.
 */
import { type Decider, isRejection, type Rejection, reject } from '#kernel/decider.ts'
import type { SlotCommand } from './commands.ts'
import { noteDelivery } from './delivery.ts'
import type { Deployed, Flapping, SlotEvent, Stall, Warm } from './events.ts'
import { same } from './same.ts'

export interface Hold {
  readonly reason: string
  readonly by: string
  readonly at: number
  readonly badRelease?: string | undefined
  /** The deployment that was on its way here when it came: told by order, for clocks disagree. */
  readonly during?: string | undefined
  /** Of a train: nothing that arrives lifts it, and it is there again when another one ends. */
  readonly isStanding?: boolean | undefined
}

export interface SlotState {
  readonly opened?: {
    readonly service: string
    readonly environment: string
    readonly port: number
  }
  /** The last one given. */
  readonly fence: number
  readonly holder?: { readonly deployment: string; readonly fence: number; readonly since: number }
  readonly settled: Deployed | null
  readonly validated: Deployed | null
  readonly hold?: Hold | undefined
  /** A standing hold that another one covers. */
  readonly beneath?: Hold | undefined
  /** What was replaced last, and runs on without traffic for a while. */
  readonly warm?: Warm | undefined
  /** When it was opened, or what it holds changed last. */
  readonly movedAt: number
  readonly stalled?: Stall
}

export type SlotRefusal = 'slot.not-open' | 'slot.taken'

type Of<Type extends SlotCommand['type']> = Extract<SlotCommand, { type: Type }>
type Opened = SlotState & Required<Pick<SlotState, 'opened'>>
type Answer = readonly SlotEvent[] | Rejection<SlotRefusal>

/** Flapping helps nobody: after so many automatic rollbacks in a day a person looks first. */
const UNDOS_A_DAY_MAX = 2
/** A hold is shown in one line; the whole story is with the deployment. */
const REASON_SHOWN_MAX = 300

export const slot: Decider<SlotState, SlotCommand, SlotEvent, SlotRefusal> = {
  initial: { fence: 0, settled: null, validated: null, movedAt: 0 },
  decide(command, state) {
    if (command.type === 'slot.open') return open(command, state)
    return isOpen(state)
      ? whileOpen(command, state)
      : reject(
          'slot.not-open',
          'This service has no address in this environment yet.',
          'Put the environment on its promotion path; if it is there, widen the port range.',
        )
  },
  evolve(state, event) {
    switch (event.type) {
      case 'slot.opened': {
        const { service, environment, port, at: movedAt } = event
        return { ...state, opened: { service, environment, port }, movedAt }
      }
      case 'slot.acquired': {
        const { deployment, fence, at: since } = event
        return { ...state, fence, holder: { deployment, fence, since } }
      }
      case 'slot.released': {
        const { holder: _, ...rest } = state
        return rest
      }
      case 'release.validated':
        return { ...state, validated: event.deployed }
      case 'slot.settled':
        return { ...state, settled: event.deployed, movedAt: event.at, warm: event.warm }
      case 'slot.held': {
        const { reason, by, at, badRelease, isStanding } = event
        const during = state.holder?.deployment
        const covered = state.hold?.isStanding === true && isStanding !== true
        const below = covered ? { beneath: state.hold } : {}
        const hold: Hold = { reason, by, at, badRelease, during, ...(isStanding && { isStanding }) }
        return { ...state, ...below, hold }
      }
      case 'slot.resumed': {
        const { hold: _, beneath, ...rest } = state
        return beneath === undefined ? rest : { ...rest, hold: beneath }
      }
      case 'delivery.stalled': {
        const { since, oldest, why } = event
        return { ...state, stalled: { since, oldest, why } }
      }
      case 'delivery.moved': {
        const { stalled: _, ...rest } = state
        return rest
      }
    }
  },
}

export const slots = { kind: 'slot', decider: slot } as const

export function slotId(environment: string, service: string): string {
  return `${environment}/${service}`
}

function open(command: Of<'slot.open'>, state: SlotState): Answer {
  // An address is kept for good: others were told of it.
  return state.opened === undefined ? [{ ...command, type: 'slot.opened' }] : []
}

function whileOpen(command: Exclude<SlotCommand, { type: 'slot.open' }>, state: Opened): Answer {
  const { at, by } = command
  const { service, environment } = state.opened
  const place = { at, by, service, environment }
  switch (command.type) {
    case 'slot.acquire':
      return acquire(command, state)
    case 'slot.conclude':
      return conclude(command, state)
    case 'slot.hold':
      return hold(command, state, command)
    case 'slot.resume':
      return state.hold === undefined
        ? []
        : [{ type: 'slot.resumed', ...place, reason: command.reason }]
    case 'slot.noteDelivery':
      return noteDelivery(command, state)
    case 'slot.holdForRollback': {
      const lock = acquire(command, state)
      if (isRejection(lock) || lock.length === 0) return lock
      const story = `Rolled back to ${command.to.version}: ${command.reason}`
      const { release: badRelease } = command.undoes
      return [...hold(command, state, { reason: story, badRelease }), ...lock]
    }
  }
}

function acquire(
  { at, by, deployment }: Of<'slot.acquire' | 'slot.holdForRollback'>,
  state: Opened,
): Answer {
  if (state.holder?.deployment === deployment) return []
  const taken = takenBy(state, deployment)
  if (taken !== undefined) return taken
  const { service, environment } = state.opened
  const fence = state.fence + 1
  return [{ type: 'slot.acquired', at, by, service, environment, deployment, fence }]
}

/** What is on its way is aborted, and not rolled back: whoever asks for that is told so first. */
export function takenBy(
  { opened, holder }: SlotState,
  deployment: string,
): Rejection<SlotRefusal> | undefined {
  if (opened === undefined || holder === undefined || holder.deployment === deployment)
    return undefined
  const { service, environment } = opened
  return reject(
    'slot.taken',
    `${holder.deployment} is on its way to ${service} in ${environment}.`,
    `Wait until it has finished, or undo it: \`signalbox abort ${service} --env ${environment}\`.`,
  )
}

function conclude(command: Of<'slot.conclude'>, state: Opened): Answer {
  const { at, by, deployed, outcome, returnPoint } = command
  if (state.holder?.deployment !== deployed.deployment) return []
  const place = { at, by, ...addressOf(state) }
  const release: SlotEvent = { type: 'slot.released', at, by, ...holderOf(state.holder) }
  if (outcome === 'succeeded') {
    const wasHeldBefore = state.hold !== undefined && state.hold.during !== deployed.deployment
    const lift = wasHeldBefore && !state.hold?.isStanding && command.kind !== 'rollback'
    const reason = `${deployed.version} was put here under the hold, and is validated.`
    return [
      { type: 'slot.settled', ...place, deployed, ...warmOf(command, state) },
      { type: 'release.validated', ...place, deployed },
      ...(state.stalled === undefined ? [] : [{ type: 'delivery.moved', ...place } as const]),
      ...(lift ? [{ type: 'slot.resumed', ...place, reason } as const] : []),
      release,
    ]
  }
  const isBack = command.isExposed && outcome !== 'stuck' && !same(state.settled, returnPoint)
  return [
    ...(isBack ? [{ type: 'slot.settled', ...place, deployed: returnPoint } as const] : []),
    ...holdAfter(command, state),
    release,
  ]
}

/** What was there before is kept for a while where its strategy says so: blue beside green. */
function warmOf(
  { at, deployed, warmMs = 0 }: Of<'slot.conclude'>,
  { settled }: Opened,
): { readonly warm?: Warm } {
  if (warmMs === 0 || settled === null || settled.deployment === deployed.deployment) return {}
  return { warm: { deployment: settled.deployment, until: at + warmMs } }
}

/** What went wrong here must not be tried again, or built upon, by automation alone. */
function holdAfter(command: Of<'slot.conclude'>, state: Opened): readonly SlotEvent[] {
  const { outcome, deployed, isExposed } = command
  if (command.isPreempted === true && outcome === 'aborted') return []
  const isBad = outcome !== 'aborted' || isExposed
  const isFlapping = outcome === 'rolledBack' && command.undosLastDay >= UNDOS_A_DAY_MAX
  if (!(command.isProduction && isBad) && !isFlapping && outcome !== 'stuck') return []
  // A rollback that failed says nothing about what it was to replace: that hold stands.
  if (command.kind === 'rollback' && state.hold !== undefined) return []
  const why = `${deployed.version} ${SAID[outcome]}: ${command.reason}`
  const often = `${command.undosLastDay} automatic rollbacks within a day. `
  const badRelease = deployed.release
  if (!isFlapping) return hold(command, state, { reason: why, badRelease })
  const { undosLastDay: undos, isProduction } = command
  const flapping = { deployment: deployed.deployment, undos, isProduction }
  return hold(command, state, { reason: often + why, badRelease, flapping })
}

const SAID = {
  succeeded: 'succeeded',
  failed: 'failed',
  aborted: 'was aborted',
  rolledBack: 'was rolled back',
  stuck: 'could not be undone',
} as const

function hold(
  { at, by }: { readonly at: number; readonly by: string },
  state: Opened,
  about: {
    readonly reason: string
    readonly badRelease?: string | undefined
    readonly flapping?: Flapping | undefined
    readonly isStanding?: boolean | undefined
  },
): readonly SlotEvent[] {
  const { badRelease, flapping, isStanding } = about
  const reason = (about.reason.split('\n', 1)[0] ?? '').slice(0, REASON_SHOWN_MAX)
  if (state.hold?.reason === reason && state.hold.badRelease === badRelease) return []
  const more = {
    ...(badRelease !== undefined && { badRelease }),
    ...(flapping !== undefined && { flapping }),
    ...(isStanding === true && { isStanding }),
  }
  return [{ type: 'slot.held', at, by, ...addressOf(state), reason, ...more }]
}

function isOpen(state: SlotState): state is Opened {
  return state.opened !== undefined
}

const addressOf = ({ opened: { service, environment } }: Opened) => ({ service, environment })
const holderOf = ({ deployment, fence }: NonNullable<SlotState['holder']>) => ({
  deployment,
  fence,
})
