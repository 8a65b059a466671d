/**
 * A flag changes what users get without an instance being started, so it changes like a release: a
 * change is planned, waits for people and for the calendar, and is on record. Killing it is no such
 * change: that is for the minute in which something is wrong, and nothing stands in its way.
 */
import { type Decider, isRejection, type Rejection, reject } from '#kernel/decider.ts'
import { type Approval, whyNot } from '../approvals.ts'
import type { FlagEvent, FlagOutcome, FlagRules, FlagSpec, Ramp, Segment } from '../events/flags.ts'
import type { ApprovalRule } from '../events/verdict.ts'
import { same } from '../same.ts'
import { cut } from './bucket.ts'
import type { FlagCommand, PlannedRules } from './commands.ts'
import { rulesProblem, specProblem } from './problems.ts'

/** A change that waits for its verdict. */
export interface WaitingChange {
  readonly change: string
  readonly rules: FlagRules
  readonly ramp?: Ramp | undefined
  readonly reason: string
  readonly requestedBy: string
  readonly plannedAt: number
  readonly planHash: string
  readonly rule: ApprovalRule
  readonly approvals: readonly Approval[]
}

export interface LiveRules {
  readonly change: string
  readonly rules: FlagRules
  readonly segments: readonly Segment[]
  readonly changedAt: number
  readonly by: string
  readonly reason: string
  /** While steps are left. */
  readonly ramp?: (Ramp & { readonly step: number; readonly steppedAt: number }) | undefined
}

/** A flag in one environment. */
export interface Placement {
  readonly live?: LiveRules | undefined
  readonly waiting?: WaitingChange | undefined
  readonly killed?:
    | { readonly at: number; readonly by: string; readonly reason: string }
    | undefined
}

export interface DefinedFlag {
  readonly status: 'defined'
  readonly flag: string
  readonly spec: FlagSpec
  /** What its manifest last said of environments. */
  readonly declared: Readonly<Record<string, FlagRules>>
  readonly environments: Readonly<Record<string, Placement>>
}

export type Flag = { readonly status: 'none' } | DefinedFlag

export type FlagRefusal =
  | 'flag.undefined'
  | 'flag.unknown-variant'
  | 'flag.too-much'
  | 'flag.default-shared'
  | 'flag.ramp-falls'
  | 'flag.in-use'
  | 'flag.nothing-waits'
  | 'flag.other-plan'
  | 'flag.self-approval'
  | 'flag.approver-not-a-person'
  | 'flag.not-allowed'

type Of<Type extends FlagCommand['type']> = FlagCommand & { readonly type: Type }
type Answer = readonly FlagEvent[] | Rejection<FlagRefusal>

export const flag: Decider<Flag, FlagCommand, FlagEvent, FlagRefusal> = {
  initial: { status: 'none' },
  decide(command, state): Answer {
    if (command.type === 'flag.define') return define(command, state)
    if (state.status === 'none')
      return reject('flag.undefined', 'There is no such flag.', 'Apply a manifest of kind Flag.')
    switch (command.type) {
      case 'flag.plan':
        return plan(command, state)
      case 'flag.approve':
        return approve(command, state)
      case 'flag.cancel':
        return drop(command, state, 'cancelled')
      case 'flag.reject':
        return drop(command, state, 'rejected')
      case 'flag.expire':
        return drop(command, state, 'expired')
      case 'flag.change':
        return change(command, state)
      case 'flag.step':
        return step(command, state)
      case 'flag.kill':
        return kill(command, state)
    }
  },
  evolve(state, event) {
    if (event.type === 'flag.defined') {
      const { flag: name, spec, declared } = event
      const environments = state.status === 'none' ? {} : state.environments
      return { status: 'defined', flag: name, spec, declared, environments }
    }
    if (state.status === 'none') return state
    const placement = placed(state.environments[event.environment] ?? {}, event)
    return { ...state, environments: { ...state.environments, [event.environment]: placement } }
  },
}

export const flags = { kind: 'flag', decider: flag } as const

function placed(before: Placement, event: Exclude<FlagEvent, { type: 'flag.defined' }>): Placement {
  const { at, by } = event
  const { live, waiting } = before
  switch (event.type) {
    case 'flag.planned': {
      const { change: id, rules, ramp, reason, planHash, approvals: rule } = event
      const facts = { change: id, rules, ramp, reason, planHash, rule }
      return { ...before, waiting: { ...facts, requestedBy: by, plannedAt: at, approvals: [] } }
    }
    case 'flag.approved': {
      const { planHash, teams, note } = event
      const given = { approver: by, at, planHash, teams, note }
      return waiting === undefined
        ? before
        : { ...before, waiting: { ...waiting, approvals: [...waiting.approvals, given] } }
    }
    case 'flag.dropped':
      return { ...before, waiting: undefined }
    case 'flag.changed': {
      const { change: id, rules, segments, reason, ramp } = event
      const goesOn = ramp && { ...ramp, step: 0, steppedAt: at }
      return { live: { change: id, rules, segments, changedAt: at, by, reason, ramp: goesOn } }
    }
    case 'flag.stepped': {
      if (live?.ramp === undefined) return before
      const { step: now, rules, segments } = event
      const isLast = now >= live.ramp.steps.length - 1
      const ramp = isLast ? undefined : { ...live.ramp, step: now, steppedAt: at }
      return { ...before, live: { ...live, rules, segments, ramp } }
    }
    case 'flag.killed':
      return {
        ...(live && { live: { ...live, ramp: undefined } }),
        killed: { at, by, reason: event.reason },
      }
  }
}

function define(command: Of<'flag.define'>, state: Flag): Answer {
  const { at, by, flag: name, spec, plans } = command
  const declared = Object.fromEntries(plans.map(({ environment, rules }) => [environment, rules]))
  const problem = specProblem(spec, state)
  if (problem !== undefined) return problem
  if (state.status === 'defined' && same(state.spec, spec) && same(state.declared, declared))
    return []
  const known = state.status === 'none' ? {} : state.declared
  const events: FlagEvent[] = [{ type: 'flag.defined', at, by, flag: name, spec, declared }]
  // Only what the manifest says anew: it takes nothing back that was changed or killed since.
  for (const wanted of plans.filter((each) => !same(known[each.environment], each.rules))) {
    const now = events.reduce((before, event) => flag.evolve(before, event), state)
    if (now.status === 'none') continue
    const planned = plan({ type: 'flag.plan', at, by, ...wanted }, now)
    if (isRejection(planned)) return planned
    events.push(...planned)
  }
  return events
}

function plan(command: Of<'flag.plan'>, state: DefinedFlag): Answer {
  const { type: _, at, by, environment, ...wanted } = command
  const problem = rulesProblem(state.spec, wanted.rules, wanted.ramp)
  if (problem !== undefined) return problem
  const { live, waiting, killed } = state.environments[environment] ?? {}
  if (waiting !== undefined && isSame(waiting, wanted)) return []
  const isSo = live !== undefined && killed === undefined && isSame(live, wanted)
  if (isSo && waiting === undefined) return []
  const replaced = { outcome: 'superseded', reason: `${by} wants something else.` } as const
  return [
    ...dropped(state, environment, { at, by, ...replaced }),
    ...(isSo
      ? []
      : ([{ type: 'flag.planned', ...place(state, environment), at, by, ...wanted }] as const)),
  ]
}

function isSame(
  { rules, ramp }: Pick<PlannedRules, 'rules' | 'ramp'>,
  wanted: Pick<PlannedRules, 'rules' | 'ramp'>,
): boolean {
  const { variant, steps, everyMs } = ramp ?? {}
  const path = ramp && { variant, steps, everyMs }
  return same(rules, wanted.rules) && same(path, wanted.ramp)
}

function approve(command: Of<'flag.approve'>, state: DefinedFlag): Answer {
  const { at, by, environment, planHash, teams, note } = command
  const waiting = state.environments[environment]?.waiting
  if (waiting === undefined) return nothingWaits(environment)
  if (waiting.planHash !== planHash)
    return reject(
      'flag.other-plan',
      'The change that waits is not the one you looked at.',
      'Look again, and approve what is there now.',
    )
  if (command.kind !== 'person')
    return reject('flag.approver-not-a-person', 'Only a person says yes.', 'Ask a person.')
  const own = [by, ...(command.otherAccounts ?? [])]
  // Asked of the person: a second account is no second pair of eyes.
  const why = own.map((each) => whyNot(waiting.rule, waiting.requestedBy, each)).find(Boolean)
  if (why !== undefined)
    return reject('flag.self-approval', `${by} ${why}, and may not approve it.`, 'Ask another.')
  if (waiting.approvals.some(({ approver }) => own.includes(approver))) return []
  const facts = { ...place(state, environment), at, by, change: waiting.change }
  return [{ type: 'flag.approved', ...facts, planHash, teams, note }]
}

function drop(
  { at, by, environment, reason }: Of<'flag.cancel' | 'flag.reject' | 'flag.expire'>,
  state: DefinedFlag,
  outcome: FlagOutcome,
): Answer {
  if (state.environments[environment]?.waiting === undefined) return nothingWaits(environment)
  return dropped(state, environment, { at, by, outcome, reason })
}

function change(command: Of<'flag.change'>, state: DefinedFlag): Answer {
  const { at, environment, verdict } = command
  const { live, waiting, killed } = state.environments[environment] ?? {}
  if (waiting === undefined || waiting.change !== command.change) return []
  if (verdict.verdict !== 'allow' || waiting.planHash !== command.planHash) return notAllowed
  const { rules, ramp, reason, requestedBy } = waiting
  const goesOn = ramp !== undefined && ramp.steps.length > 1 ? { ramp } : {}
  return [
    {
      type: 'flag.changed',
      ...place(state, environment),
      at,
      // Whose wish it is; that a reconciler carried it out is no news.
      by: requestedBy,
      change: waiting.change,
      rules,
      segments: cut(live?.segments ?? [], rules.shares),
      ...goesOn,
      revives: killed !== undefined,
      reason,
      verdict,
    },
  ]
}

function step(command: Of<'flag.step'>, state: DefinedFlag): Answer {
  const { at, by, environment, step: next, verdict } = command
  const live = state.environments[environment]?.live
  const { ramp } = live ?? {}
  // Ended, replaced or taken already: the reconciler was not the only one, and nothing is lost.
  if (live === undefined || ramp === undefined || live.change !== command.change) return []
  if (next !== ramp.step + 1 || at < ramp.steppedAt + ramp.everyMs) return []
  if (verdict.verdict !== 'allow') return notAllowed
  const share = ramp.steps[next]
  if (share === undefined) return []
  const rules = { ...live.rules, shares: { ...live.rules.shares, [ramp.variant]: share } }
  const segments = cut(live.segments, rules.shares)
  const facts = { ...place(state, environment), at, by, change: live.change }
  return [{ type: 'flag.stepped', ...facts, step: next, rules, segments }]
}

function kill(command: Of<'flag.kill'>, state: DefinedFlag): Answer {
  const { at, by, environment, reason } = command
  if (state.environments[environment]?.killed !== undefined) return []
  const told = { at, by, outcome: 'killed', reason: `The flag was killed: ${reason}` } as const
  const serves = state.spec.default
  return [
    ...dropped(state, environment, told),
    { type: 'flag.killed', ...place(state, environment), at, by, reason, serves },
  ]
}

function dropped(
  state: DefinedFlag,
  environment: string,
  {
    at,
    by,
    outcome,
    reason,
  }: {
    readonly at: number
    readonly by: string
    readonly outcome: FlagOutcome
    readonly reason: string
  },
): readonly FlagEvent[] {
  const waiting = state.environments[environment]?.waiting
  if (waiting === undefined) return []
  const facts = { ...place(state, environment), at, by, change: waiting.change }
  return [{ type: 'flag.dropped', ...facts, outcome, reason }]
}

const nothingWaits = (environment: string) =>
  reject('flag.nothing-waits', `No change of it waits in ${environment}.`, 'Look at it again.')
const notAllowed = reject(
  'flag.not-allowed',
  'The change may not go now.',
  'It goes by itself when it may; ask it what it waits for.',
)

const place = ({ flag: name, spec }: DefinedFlag, environment: string) => ({
  flag: name,
  service: spec.service,
  environment,
})
