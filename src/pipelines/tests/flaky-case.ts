/**
 * A test case that was seen to answer both ways: what is believed of it, and whether somebody has
 * taken it on themselves that its failures do not count for a while. What is always red is broken
 * and not flaky, and is mended or deleted; what is new with a change is that change's own fault.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { CaseEvent, CaseStatus, QuarantineEnd } from '../events/tests.ts'
import type { CaseCommand } from './commands.ts'
import { FLAKY_RULES } from './flaky-rules.ts'
import { type DatedUnit, disagrees, posteriorOf, statusAfter } from './posterior.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const REASON_LENGTH_MIN = 10

export interface Quarantine {
  readonly owner: string
  readonly issue: string
  readonly reason: string
  readonly by: string
  readonly at: number
  readonly expiresAt: number
}

export interface FlakyCase {
  readonly status: CaseStatus
  /** Oldest first. */
  readonly units: readonly DatedUnit[]
  readonly quarantine?: Quarantine | undefined
}

export type CaseRefusal =
  | 'case.no-person'
  | 'case.no-reason'
  | 'case.no-owner'
  | 'case.not-flaky'
  | 'case.new'
  | 'case.broken'
  | 'case.quarantined-already'
  | 'case.in-the-past'
  | 'case.too-long'
  | 'case.not-quarantined'

type Answer = readonly CaseEvent[] | Rejection<CaseRefusal>

export const flakyCase: Decider<FlakyCase, CaseCommand, CaseEvent, CaseRefusal> = {
  initial: { status: 'healthy', units: [] },
  decide(command, state) {
    switch (command.type) {
      case 'case.observe':
        return observe(command, state)
      case 'case.judge':
        return judged(state, command)
      case 'case.quarantine':
        return quarantine(command, state)
      case 'case.release':
        return release(command, state)
      case 'case.expire':
        return isOver(state, command.at) ? ended(command, 'expired', 'Its time was over.') : []
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'case.observed':
        return { ...state, units: withUnit(state.units, { ...event.unit, at: event.at }) }
      case 'case.judged':
        return { ...state, status: event.status }
      case 'case.quarantined': {
        const { owner, issue, reason, by, at, expiresAt } = event
        return { ...state, quarantine: { owner, issue, reason, by, at, expiresAt } }
      }
      case 'case.quarantineEnded':
        return { ...state, quarantine: undefined }
    }
  },
}

export const flakyCases = { kind: 'case', decider: flakyCase } as const

type Command<Type> = Extract<CaseCommand, { type: Type }>

function observe(command: Command<'case.observe'>, state: FlakyCase): Answer {
  const { unit } = command
  const known = state.units.find(({ same }) => same === unit.same)
  // Told again, or told of what has since been forgotten: what is known only grows.
  const isNews = unit.passes > (known?.passes ?? 0) || unit.fails > (known?.fails ?? 0)
  // Of a case that nobody doubts only a contradiction is worth a word.
  const isOfInterest = disagrees(unit) || state.status === 'suspect' || state.status === 'flaky'
  if (!isOfInterest && state.quarantine === undefined) return []
  const { type: _, isBroken: __, ...facts } = command
  const observed: CaseEvent[] = isNews ? [{ ...facts, type: 'case.observed' }] : []
  const after = observed.reduce((s, event) => flakyCase.evolve(s, event), state)
  const events = [...observed, ...judged(after, command)]
  const isEnded = events.some(({ type }) => type === 'case.quarantineEnded')
  const isBroken = command.isBroken && state.quarantine !== undefined && !isEnded
  if (!isBroken) return events
  const why = `It failed for ${FLAKY_RULES.brokenAfter} commits in a row: mend it, or delete it.`
  return [...events, ...ended(command, 'broken', why)]
}

interface Named {
  readonly at: number
  readonly by: string
  readonly service: string
  readonly case: string
}

/** What time or a new unit makes of it; a case that is mended needs no quarantine. */
function judged(state: FlakyCase, { at, by, service, case: name }: Named): readonly CaseEvent[] {
  const { cleanSince: _, ...figures } = posteriorOf(state.units, at)
  const status = statusAfter(state.status, posteriorOf(state.units, at))
  if (status === state.status) return []
  const told: CaseEvent = { type: 'case.judged', at, by, service, case: name, status, ...figures }
  const isMended = state.quarantine !== undefined && (status === 'fixed' || status === 'healthy')
  if (!isMended) return [told]
  const why = 'It has passed for so long that it would have shown.'
  return [told, ...ended({ at, by, service, case: name }, 'fixed', why)]
}

function quarantine(command: Command<'case.quarantine'>, state: FlakyCase): Answer {
  const { at, expiresAt, reason, owner, isPerson, isNew, isBroken } = command
  if (!isPerson)
    return reject(
      'case.no-person',
      'A quarantine is something that a person answers for.',
      'Have somebody of the owning team do it, with their own account.',
    )
  if (owner.trim() === '')
    return reject('case.no-owner', 'Nobody would mend it.', 'Name an owner: a person or a team.')
  if (reason.trim().length < REASON_LENGTH_MIN)
    return reject(
      'case.no-reason',
      'A quarantine needs a reason.',
      'Say what is known of why it fails, in ten characters at least.',
    )
  if (state.quarantine !== undefined && at < state.quarantine.expiresAt)
    return reject(
      'case.quarantined-already',
      `${state.quarantine.by} has quarantined it already.`,
      'Release it first; then quarantine it anew, with another owner or end.',
    )
  if (isNew)
    return reject(
      'case.new',
      'No commit before this one knows the case: it came with the change that it fails for.',
      'Mend the test, or the change.',
    )
  if (isBroken)
    return reject(
      'case.broken',
      'It always fails: that is broken, and not flaky.',
      'Mend it, or delete it and say so in the change.',
    )
  if (state.status !== 'suspect' && state.status !== 'flaky')
    return reject(
      'case.not-flaky',
      'It was never seen to pass and to fail for the same commit with the same inputs.',
      'Run the job again: if it passes, that is the proof.',
    )
  if (expiresAt <= at)
    return reject('case.in-the-past', 'It would end before it begins.', 'Give a later end.')
  if (expiresAt > at + FLAKY_RULES.quarantineMsMax)
    return reject(
      'case.too-long',
      `A quarantine lasts ${FLAKY_RULES.quarantineMsMax / DAY_MS} days at most.`,
      'Shorten it; mend the test in that time.',
    )
  const { by, service, case: name, issue } = command
  return [
    { type: 'case.quarantined', at, by, service, case: name, owner, issue, reason, expiresAt },
  ]
}

function release(command: Command<'case.release'>, state: FlakyCase): Answer {
  if (state.quarantine === undefined)
    return reject(
      'case.not-quarantined',
      'It is not quarantined.',
      'There is nothing to release; list what is with `signalbox flaky list`.',
    )
  return ended(command, 'released', command.reason)
}

function ended(about: Named, why: QuarantineEnd, reason: string): readonly CaseEvent[] {
  const { at, by, service, case: name } = about
  return [{ type: 'case.quarantineEnded', at, by, service, case: name, why, reason }]
}

const isOver = ({ quarantine: standing }: FlakyCase, at: number) =>
  standing !== undefined && at >= standing.expiresAt

function withUnit(units: readonly DatedUnit[], unit: DatedUnit): readonly DatedUnit[] {
  const others = units.filter(({ same }) => same !== unit.same)
  return [...others, unit].slice(-FLAKY_RULES.unitsMax)
}
