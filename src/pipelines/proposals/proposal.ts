/**
 * A new number of a template is proposed to the services that are on the old one, approved by
 * somebody else, and adopted in two steps: canary services first, and when their pipelines were
 * green for long enough the others. A run that fails holds it until a person has looked.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { ProposalEvent, ProposedFacts } from '../events/proposals.ts'

const HOUR_MS = 60 * 60 * 1000
/** Less says nothing, more is forgotten. */
export const BAKE_MS_MIN = 60_000
export const BAKE_MS_MAX = 30 * 24 * HOUR_MS
export const BAKE_MS_DEFAULT = 24 * HOUR_MS
/** More canaries are no canaries. */
const CANARIES_MAX = 20

export type ProposalStatus =
  | 'none'
  | 'proposed'
  | 'canaries'
  | 'rest'
  | 'held'
  | 'completed'
  | 'rejected'
  | 'withdrawn'

export interface ProposalState extends ProposedFacts {
  readonly status: ProposalStatus
  readonly proposedBy: string
  readonly approvedBy?: string | undefined
  /** Service to when it was pinned to the new number. */
  readonly adopted: Readonly<Record<string, number>>
  readonly left: readonly string[]
  /** What failed, and what it was in when it was held. */
  readonly held?:
    | { readonly service: string; readonly run: string; readonly in: 'canaries' | 'rest' }
    | undefined
  /** Runs that failed and that a person has looked at: they hold nothing any more. */
  readonly seen: readonly string[]
}

interface Asked {
  readonly at: number
  readonly by: string
}

export type ProposalCommand =
  | (Asked & ProposedFacts & { readonly type: 'template.propose' })
  | (Asked & {
      readonly type: 'template.approve' | 'template.reject'
      readonly reason: string
      readonly otherAccounts: readonly string[]
    })
  | (Asked & { readonly type: 'template.adopt' | 'template.leave'; readonly service: string })
  | (Asked & { readonly type: 'template.hold'; readonly service: string; readonly run: string })
  | (Asked & { readonly type: 'template.resume' | 'template.withdraw'; readonly reason: string })
  | (Asked & { readonly type: 'template.widen' })

export type ProposalRefusal =
  | 'template.nobody-affected'
  | 'template.proposed-already'
  | 'template.no-canary'
  | 'template.canary-unaffected'
  | 'template.too-many-canaries'
  | 'template.bake-out-of-bounds'
  | 'template.own-proposal'
  | 'template.decided'
  | 'template.not-held'
  | 'template.ended'
  | 'template.no-proposal'

type Answer = readonly ProposalEvent[] | Rejection<ProposalRefusal>

const NONE: ProposalState = {
  ...{ status: 'none', from: '', to: '', isBreaking: false, changes: [], affected: [] },
  ...{ canaries: [], bakeMs: 0, reason: '', proposedBy: '', adopted: {}, left: [], seen: [] },
}

export const proposal: Decider<ProposalState, ProposalCommand, ProposalEvent, ProposalRefusal> = {
  initial: NONE,
  decide(command, state): Answer {
    if (command.type === 'template.propose') return propose(command, state)
    if (state.status === 'none')
      return reject('template.no-proposal', 'There is no such proposal.', 'List them.')
    switch (command.type) {
      case 'template.approve':
      case 'template.reject':
        return judge(command, state)
      case 'template.resume':
      case 'template.withdraw':
        return steer(command, state)
      default:
        return follow(command, state)
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'template.proposed': {
        const { type: _, at: __, by, ...facts } = event
        return { ...NONE, ...facts, proposedBy: by, status: 'proposed' }
      }
      case 'template.approved':
        return { ...state, status: 'canaries', approvedBy: event.by }
      case 'template.rejected':
        return { ...state, status: 'rejected' }
      case 'template.adopted':
        return { ...state, adopted: { ...state.adopted, [event.service]: event.at } }
      case 'template.left':
        return { ...state, left: [...state.left, event.service] }
      case 'template.held': {
        const { service, run } = event
        const step = state.status === 'rest' ? 'rest' : 'canaries'
        return { ...state, status: 'held', held: { service, run, in: step } }
      }
      case 'template.resumed': {
        const { held, ...rest } = state
        const seen = held === undefined ? state.seen : [...state.seen, held.run]
        return { ...rest, seen, status: held?.in ?? 'canaries' }
      }
      case 'template.widened':
        return { ...state, status: 'rest' }
      case 'template.completed':
        return { ...state, status: 'completed' }
      case 'template.withdrawn':
        return { ...state, status: 'withdrawn' }
    }
  },
}

export const proposals = { kind: 'proposal', decider: proposal } as const

/** Whose turn it is, and that have neither followed nor gone their own way. */
export function waiting(state: ProposalState): readonly string[] {
  const { status, canaries, affected } = state
  const turn = status === 'canaries' ? canaries : status === 'rest' ? affected : []
  return turn.filter((name) => !isDone(state, name))
}

/** When the canaries will have baked; undefined: one of them has not even followed. */
export function bakedAt(state: ProposalState): number | undefined {
  const { canaries, adopted, bakeMs } = state
  if (canaries.some((name) => !isDone(state, name))) return undefined
  return Math.max(0, ...canaries.map((name) => adopted[name] ?? 0)) + bakeMs
}

const isDone = ({ adopted, left }: ProposalState, name: string) =>
  Object.hasOwn(adopted, name) || left.includes(name)

const ENDED: readonly ProposalStatus[] = ['completed', 'rejected', 'withdrawn']
export const hasEnded = ({ status }: Pick<ProposalState, 'status'>) => ENDED.includes(status)

type Propose = Extract<ProposalCommand, { type: 'template.propose' }>

function propose(command: Propose, state: ProposalState): Answer {
  if (state.status !== 'none' && !hasEnded(state))
    return reject(
      'template.proposed-already',
      `${state.to} is proposed to those on ${state.from} already.`,
      'Look at it: signalbox templates proposals.',
    )
  const { affected, canaries, bakeMs } = command
  if (affected.length === 0)
    return reject(
      'template.nobody-affected',
      `No service is pinned to ${command.from}.`,
      'See who is on what: signalbox templates adoption.',
    )
  if (canaries.length === 0)
    return reject(
      'template.no-canary',
      'Somebody has to go first.',
      'Name one or more of the affected services: --canary.',
    )
  if (canaries.length > CANARIES_MAX)
    return reject(
      'template.too-many-canaries',
      `${canaries.length} services are no canaries; ${CANARIES_MAX} may go first.`,
      'Name fewer of them.',
    )
  const stranger = canaries.find((name) => !affected.includes(name))
  if (stranger !== undefined)
    return reject(
      'template.canary-unaffected',
      `${stranger} is not pinned to ${command.from}.`,
      `Choose among ${affected.slice(0, 10).join(', ')}.`,
    )
  if (bakeMs < BAKE_MS_MIN || bakeMs > BAKE_MS_MAX)
    return reject(
      'template.bake-out-of-bounds',
      'Canaries bake for a minute at least, and for thirty days at most.',
      'Give --bake such as 24h.',
    )
  return [{ ...command, type: 'template.proposed' }]
}

type Judge = Extract<ProposalCommand, { type: 'template.approve' | 'template.reject' }>

function judge(command: Judge, state: ProposalState): Answer {
  const { type, at, by, reason, otherAccounts } = command
  if (state.status !== 'proposed')
    return reject(
      'template.decided',
      `This proposal is ${state.status} by now.`,
      'Withdraw it, or let it go on.',
    )
  if (type === 'template.reject') return [{ type: 'template.rejected', at, by, reason }]
  if ([by, ...otherAccounts].includes(state.proposedBy))
    return reject(
      'template.own-proposal',
      'Who proposes it does not approve it.',
      'Ask another approver.',
    )
  return [{ type: 'template.approved', at, by }]
}

type Steer = Extract<ProposalCommand, { type: 'template.resume' | 'template.withdraw' }>

function steer({ type, at, by, reason }: Steer, state: ProposalState): Answer {
  if (hasEnded(state))
    return reject(
      'template.ended',
      `This proposal is ${state.status}.`,
      'Propose it anew, if that is wanted.',
    )
  if (type === 'template.withdraw') return [{ type: 'template.withdrawn', at, by, reason }]
  if (state.status !== 'held')
    return reject('template.not-held', 'Nothing holds this proposal.', 'Let it go on.')
  return [{ type: 'template.resumed', at, by, reason }]
}

type Follow = Exclude<ProposalCommand, Propose | Judge | Steer>

/** What the platform tells; told twice, it is one fact. */
function follow(command: Follow, state: ProposalState): readonly ProposalEvent[] {
  const { at, by } = command
  if (state.status !== 'canaries' && state.status !== 'rest') return []
  switch (command.type) {
    case 'template.adopt':
    case 'template.leave': {
      const { service } = command
      if (!waiting(state).includes(service)) return []
      const type = command.type === 'template.adopt' ? 'template.adopted' : 'template.left'
      const told: ProposalEvent = { type, at, by, service }
      const after = proposal.evolve(state, told)
      const isLast = state.affected.every((name) => isDone(after, name))
      // The last of the others; canaries alone still have to bake.
      const isOver = isLast && state.status === 'rest'
      return isOver ? [told, { type: 'template.completed', at, by }] : [told]
    }
    case 'template.hold': {
      const { service, run } = command
      return state.seen.includes(run) ? [] : [{ type: 'template.held', at, by, service, run }]
    }
    case 'template.widen': {
      const until = bakedAt(state)
      if (state.status !== 'canaries' || until === undefined || at < until) return []
      const widened: ProposalEvent = { type: 'template.widened', at, by }
      const isOver = state.affected.every((name) => isDone(state, name))
      return isOver ? [widened, { type: 'template.completed', at, by }] : [widened]
    }
  }
}
