/**
 * A promotion is the decision whether one release may enter one environment. It waits in data for
 * checks, people and its turn, and holds no lock while it does; what people approve is the plan's
 * hash, so that nobody ever approved something else. Once ended it is history.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import { type Approval, expiresAt, isEnough, tally, type Tally, whyNot } from './approvals.ts'
import type { PromotionCommand } from './commands.ts'
import type {
  ApprovalRule,
  Back,
  PromotionEvent,
  PromotionOutcome,
  PromotionPlan,
  Verdict,
} from './events.ts'
import { type AnswerRefusal, mayNotAnswer } from './may-answer.ts'
import { type Acceptance, isAccepted, type NoReturnRefusal, whyNotNamed } from './no-return.ts'
import { changedFields, same } from './same.ts'
import { namingRefusal, type SkipRefusal } from './skips.ts'

interface Planned {
  readonly promotion: string
  readonly service: string
  readonly environment: string
  readonly release: string
  readonly version: string
  readonly origin: 'automatic' | 'person'
  readonly requestedBy: string
  readonly plannedAt: number
  readonly plan: PromotionPlan
  readonly planHash: string
  /** Since when this very plan is before people. */
  readonly askedAt: number
  readonly rule: ApprovalRule
  readonly fixes?: string | undefined
  readonly back?: Back | undefined
  readonly approvals: readonly Approval[]
  readonly verdict?: Verdict
  /** Somebody said that it may start although it does not fit before its slot closes. */
  readonly override?: Override | undefined
  /** Somebody answers for what nobody can undo. */
  readonly acceptance?: Acceptance | undefined
}

export interface Override {
  readonly by: string
  readonly reason: string
  readonly planHash: string
}

export type Waiting = Planned & { readonly status: 'waiting' }
export type Promotion =
  | { readonly status: 'unplanned' }
  | Waiting
  | (Planned & { readonly status: 'started'; readonly deployment: string })
  | (Planned & {
      readonly status: 'ended'
      readonly outcome: PromotionOutcome
      readonly reason: string
      readonly isVetoed?: true | undefined
    })

export type PromotionRefusal =
  | NoReturnRefusal
  | 'promotion.exists'
  | 'promotion.unplanned'
  | 'promotion.started'
  | 'promotion.ended'
  | AnswerRefusal
  | 'promotion.not-allowed'
  | 'promotion.not-approved'
  | 'promotion.not-started'
  | SkipRefusal
  | 'promotion.approver-counted'
  | 'promotion.no-effects'

type Answer = readonly PromotionEvent[] | Rejection<PromotionRefusal>
type Of<Type extends PromotionCommand['type']> = Extract<PromotionCommand, { type: Type }>

export const promotion: Decider<Promotion, PromotionCommand, PromotionEvent, PromotionRefusal> = {
  initial: { status: 'unplanned' },
  decide(command, state) {
    if (command.type === 'promotion.plan') return plan(command, state)
    if (command.type === 'promotion.end') return end(command, state)
    return state.status === 'waiting' ? whileWaiting(command, state) : notWaiting(command, state)
  },
  evolve(state, event) {
    if (event.type === 'promotion.planned') return planned(event)
    return state.status === 'unplanned' ? state : evolvePlanned(state, event)
  },
}

export const promotions = { kind: 'promotion', decider: promotion } as const

/** The deployment that a promotion becomes: one each, known before it exists. */
export function deploymentOf(promotion: string): string {
  return promotion.replace(/^prm_/, 'dep_')
}

/** The promotion that a deployment was, by its name. */
export function promotionOf(deployment: string): string {
  return deployment.replace(/^dep_/, 'prm_')
}

/** What its approvals amount to now. */
export function tallyOf(state: Planned, now: number): Tally {
  const { planHash, requestedBy: requester } = state
  return tally(state.rule, state.approvals, { planHash, requester, now })
}

/** When nobody will have said a word for too long; undefined when nobody has to. */
export function lapsesAt(state: Planned): number | undefined {
  if (state.rule.count === 0) return undefined
  const accepted = state.acceptance === undefined ? [] : [state.acceptance.at]
  const words = [state.askedAt, ...accepted, ...state.approvals.map((approval) => approval.at)]
  return expiresAt(state.rule, { at: Math.max(...words) })
}

function plan(command: Of<'promotion.plan'>, state: Promotion): Answer {
  if (state.status !== 'unplanned')
    return state.planHash === command.planHash
      ? []
      : reject('promotion.exists', 'This promotion exists already.', 'Plan a new one.')
  return [{ ...command, type: 'promotion.planned' }]
}

type WhileWaiting = Exclude<PromotionCommand, { type: 'promotion.plan' | 'promotion.end' }>

function whileWaiting(command: WhileWaiting, state: Waiting): Answer {
  const { at, by } = command
  switch (command.type) {
    case 'promotion.replan':
      return replan(command, state)
    case 'promotion.approve':
      return approve(command, state)
    case 'promotion.acceptNoReturn':
      return acceptNoReturn(command, state)
    case 'promotion.reject':
      return [
        { type: 'promotion.rejected', at, by, reason: command.reason },
        ended(state, command, 'rejected', command.reason),
      ]
    case 'promotion.overrideWindow': {
      const { reason } = command
      const { planHash } = state
      if (state.override?.planHash === planHash) return []
      return [{ type: 'promotion.windowOverridden', at, by, planHash, reason }]
    }
    case 'promotion.cancel':
      return [ended(state, command, 'cancelled', command.reason)]
    case 'promotion.supersede': {
      const { reason, supersededBy } = command
      const over = ended(state, command, 'superseded', reason)
      return [supersededBy === undefined ? over : { ...over, supersededBy }]
    }
    case 'promotion.stop':
      return [{ ...ended(state, command, 'rejected', command.reason), isVetoed: true }]
    case 'promotion.expire': {
      const { emergencyOver: over } = command
      if (over !== undefined && state.plan.priority === 'emergency')
        return [ended(state, command, 'expired', `The rights of ${over} ended before it started.`)]
      const lapse = lapsesAt(state)
      if (lapse === undefined || at < lapse) return []
      return [ended(state, command, 'expired', 'Nobody approved it in time.')]
    }
    case 'promotion.judge':
      return isSameVerdict(state.verdict, command.verdict)
        ? []
        : [{ type: 'promotion.judged', at, by, verdict: command.verdict }]
    case 'promotion.start':
      return start(command, state)
  }
}

/** What is met may word itself anew every hour; that is no news. */
function isSameVerdict(before: Verdict | undefined, after: Verdict): boolean {
  const gist = ({ reasons, ...rest }: Verdict) => ({
    ...rest,
    reasons: reasons.map((each) => (each.state === 'met' ? { ...each, message: '' } : each)),
  })
  return before !== undefined && same(gist(before), gist(after))
}

/** A retried wish that has come true is harmless; any other one comes too late. */
function notWaiting(command: WhileWaiting, state: Exclude<Promotion, Waiting>): Answer {
  if (state.status === 'unplanned')
    return reject('promotion.unplanned', 'There is no such promotion.', 'Look up its id.')
  if (state.status === 'started')
    return reject(
      'promotion.started',
      'It has started: the deployment is on its way.',
      `It has had effects: abort it, \`signalbox abort ${state.deployment}\`.`,
    )
  const again =
    (command.type === 'promotion.reject' && state.outcome === 'rejected') ||
    (command.type === 'promotion.cancel' && state.outcome === 'cancelled')
  if (again) return []
  return reject(
    'promotion.ended',
    `It has ended: ${state.outcome}.`,
    'Plan a new promotion of this release if you still want it.',
  )
}

function replan(command: Of<'promotion.replan'>, state: Waiting): Answer {
  const { at, by, planHash, approvals } = command
  const isPlanNew = planHash !== state.planHash
  const changed = [
    ...changedFields(state.plan, command.plan),
    ...(same(state.rule, approvals) ? [] : ['approvals']),
  ]
  if (!isPlanNew && changed.length === 0) return []
  const voided = state.approvals.flatMap(({ approver }): PromotionEvent[] => {
    const why = isPlanNew
      ? `The plan changed: ${changed.join(', ')}.`
      : whyNot(approvals, state.requestedBy, approver)
    return why === '' ? [] : [{ type: 'promotion.approvalVoided', at, by, approver, why }]
  })
  const { plan: newPlan } = command
  return [
    { type: 'promotion.replanned', at, by, plan: newPlan, planHash, changed, approvals },
    ...voided,
    ...voidedAcceptance(command, state, changed),
  ]
}

/** A plan that takes nothing away any more needs nobody's word for it. */
function voidedAcceptance(
  { at, by, planHash, approvals }: Of<'promotion.replan'>,
  { acceptance, planHash: before, requestedBy }: Waiting,
  changed: readonly string[],
): PromotionEvent[] {
  if (acceptance === undefined) return []
  const { by: acceptor } = acceptance
  const why =
    planHash === before
      ? whyNot(approvals, requestedBy, acceptor)
      : `The plan changed: ${changed.join(', ')}.`
  return why === '' ? [] : [{ type: 'promotion.noReturnVoided', at, by, acceptor, why }]
}

function approve(command: Of<'promotion.approve'>, state: Waiting): Answer {
  const { at, by, planHash, teams, note } = command
  const refusal =
    mayNotAnswer(command, state) ?? namingRefusal(state.plan.skips ?? [], command.skips ?? [])
  if (refusal !== undefined) return refusal
  const { counted } = tallyOf(state, at)
  const other = counted.find(({ approver }) => command.otherAccounts?.includes(approver))
  if (other !== undefined)
    return reject(
      'promotion.approver-counted',
      `You said yes as ${other.approver} already, and one person counts once.`,
      'Ask another approver.',
    )
  const isCounted = counted.some((approval) => approval.approver === by)
  return isCounted ? [] : [{ type: 'promotion.approved', at, by, planHash, teams, note }]
}

function acceptNoReturn(command: Of<'promotion.acceptNoReturn'>, state: Waiting): Answer {
  const { at, by, planHash, names, reason } = command
  const { noReturn } = state.plan
  const refusal = mayNotAnswer(command, state) ?? whyNotNamed(noReturn, names)
  if (refusal !== undefined) return refusal
  if (noReturn === undefined || isAccepted(state, at)) return []
  return [{ type: 'promotion.noReturnAccepted', at, by, planHash, names, noReturn, reason }]
}

function start(command: Of<'promotion.start'>, state: Waiting): Answer {
  const { at, by, deployment, fence } = command
  if (command.planHash !== state.planHash)
    return reject(
      'promotion.plan-changed',
      'The plan changed after it was judged.',
      'It is planned anew by itself; approve the new plan.',
    )
  if (command.verdict.verdict !== 'allow')
    return reject(
      'promotion.not-allowed',
      command.verdict.reasons.find((each) => each.state !== 'met')?.message ?? 'It may not start.',
      'Look at its verdict for what is missing and who can act.',
    )
  // The verdict says so already; here it is a matter of this stream alone, whoever asks.
  if (!isEnough(tallyOf(state, at)))
    return reject('promotion.not-approved', 'Approvals are missing.', 'Ask for approvals.')
  if (!isAccepted(state, at))
    return reject(
      'promotion.no-return-not-accepted',
      'Nobody answers for what of it cannot be undone.',
      'Ask an approver to accept it: `signalbox accept-no-return`.',
    )
  const { promotion: id, service, environment } = state
  const facts = { promotion: id, service, environment, deployment, fence }
  return [...skipped(state, at), { type: 'promotion.started', at, by, ...facts }]
}

/** It was one yes that let the release pass by; the others stand beside it in the history. */
function skipped(state: Waiting, at: number): readonly PromotionEvent[] {
  const { service, environment: into, release, version, requestedBy, plan: planned } = state
  const by = tallyOf(state, at).counted[0]?.approver ?? requestedBy
  const about = { service, into, release, version, rule: planned.policy, requestedBy }
  return (planned.skips ?? []).map((skip) => ({
    type: 'promotion.environmentSkipped',
    at,
    by,
    ...about,
    ...skip,
  }))
}

/** What an abort of it means: of its deployment, once there is one. */
export function abortOf(
  state: Exclude<Promotion, { status: 'unplanned' }>,
): { readonly deployment: string } | Rejection<PromotionRefusal> {
  if (state.status === 'started') return { deployment: state.deployment }
  if (state.status === 'waiting')
    return reject(
      'promotion.no-effects',
      'It waits, and has had no effects that could be undone.',
      `Cancel it: \`signalbox cancel ${state.promotion}\`.`,
    )
  return reject(
    'promotion.ended',
    `It has ended: ${state.outcome}.`,
    state.outcome === 'succeeded'
      ? `Roll it back: \`signalbox rollback ${state.service} --env ${state.environment}\`.`
      : 'There is nothing left to abort.',
  )
}

function end(command: Of<'promotion.end'>, state: Promotion): Answer {
  if (state.status === 'ended') return []
  if (state.status !== 'started')
    return reject('promotion.not-started', 'It has not started.', 'Cancel it instead.')
  const { outcome, reason, supersededBy } = command
  if (supersededBy === undefined || outcome !== 'aborted')
    return [ended(state, command, outcome, reason)]
  return [{ ...ended(state, command, 'superseded', reason), supersededBy }]
}

function ended(
  state: Planned,
  { at, by }: { readonly at: number; readonly by: string },
  outcome: PromotionOutcome,
  reason: string,
): Extract<PromotionEvent, { type: 'promotion.ended' }> {
  const { promotion: id, service, environment, release } = state
  const facts = { promotion: id, service, environment, release, outcome, reason }
  return { type: 'promotion.ended', at, by, ...facts }
}

function planned(event: Extract<PromotionEvent, { type: 'promotion.planned' }>): Waiting {
  const { type: _, at, by, approvals: rule, ...facts } = event
  const since = { requestedBy: by, plannedAt: at, askedAt: at }
  return { status: 'waiting', ...facts, ...since, rule, approvals: [] }
}

function evolvePlanned(
  state: Exclude<Promotion, { status: 'unplanned' }>,
  event: Exclude<PromotionEvent, { type: 'promotion.planned' }>,
): Promotion {
  switch (event.type) {
    case 'promotion.replanned': {
      const { plan: newPlan, planHash, approvals: rule, at } = event
      const askedAt = planHash === state.planHash ? state.askedAt : at
      return { ...state, plan: newPlan, planHash, rule, askedAt }
    }
    case 'promotion.approved': {
      const { by: approver, at, planHash, teams, note } = event
      const others = state.approvals.filter((approval) => approval.approver !== approver)
      return { ...state, approvals: [...others, { approver, at, planHash, teams, note }] }
    }
    case 'promotion.approvalVoided': {
      const left = state.approvals.filter((approval) => approval.approver !== event.approver)
      return { ...state, approvals: left }
    }
    case 'promotion.judged':
      return { ...state, verdict: event.verdict }
    case 'promotion.windowOverridden': {
      const { by, reason, planHash } = event
      return { ...state, override: { by, reason, planHash } }
    }
    case 'promotion.noReturnAccepted': {
      const { by, at, reason, planHash } = event
      return { ...state, acceptance: { by, at, reason, planHash } }
    }
    case 'promotion.noReturnVoided':
      return { ...state, acceptance: undefined }
    case 'promotion.rejected':
    case 'promotion.environmentSkipped':
      return state
    case 'promotion.started':
      return { ...state, status: 'started', deployment: event.deployment }
    case 'promotion.ended': {
      const { outcome, reason, isVetoed } = event
      return { ...state, status: 'ended', outcome, reason, ...(isVetoed && { isVetoed }) }
    }
  }
}
