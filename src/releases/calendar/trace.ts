/**
 * Why a slot is open or closed, line by line: every window and freeze that covers it, whether it
 * stands now, and until when, or when next. Nobody has to guess which of them won.
 */
import type { SlotCalendar } from './calendar.ts'
import { isIn } from './intervals.ts'
import { HORIZON_MS, type Timed, timesOf } from './schedule.ts'

export interface TraceLine {
  readonly kind: 'freeze' | 'allow' | 'deny' | 'rule'
  readonly name: string
  /** Whether it says something about this instant. */
  readonly isActive: boolean
  /** In milliseconds: its end if it is active, else its next beginning; null when none is near. */
  readonly until: number | null
  readonly message: string
}

export function traceOf(calendar: SlotCalendar, now: number): TraceLine[] {
  const { allow, deny, freezes, note } = calendar
  return [
    ...freezes
      .filter(({ endsAt }) => now < endsAt)
      .map((freeze): TraceLine => {
        const { freeze: name, reason, by, startsAt, endsAt, owner } = freeze
        const isActive = isIn(freeze, now)
        const hard = owner === null ? '' : ` hard, rollbacks too, for ${owner}`
        const message = `${isActive ? 'Frozen' : 'To be frozen'}${hard} by ${by}: ${reason}`
        return { kind: 'freeze', name, isActive, until: isActive ? endsAt : startsAt, message }
      }),
    ...deny.map((each) => lineOf('deny', each, now)),
    ...allow.map((each) => lineOf('allow', each, now)),
    rule(allow.length > 0 ? RULES.allowed : RULES.open),
    ...(note === '' ? [] : [rule(note)]),
  ]
}

const RULES = {
  allowed: 'It is open while one of the windows that allow it stands and nothing closes it.',
  open: 'No window has to allow it, so it is open unless something closes it.',
}

function rule(message: string): TraceLine {
  return { kind: 'rule', name: '', isActive: true, until: null, message }
}

function lineOf(kind: 'allow' | 'deny', each: Timed, now: number): TraceLine {
  const { name, schedule, reason } = each
  if (schedule === undefined)
    return {
      kind,
      name,
      isActive: false,
      until: null,
      message: `${name} can not be read any more.`,
    }
  const [next] = timesOf(schedule, now, now + HORIZON_MS)
  const isActive = next !== undefined && next.startsAt <= now
  const does = kind === 'allow' ? 'allows it' : 'closes it'
  const why = reason === '' ? '' : ` (${reason})`
  const until = (isActive ? next.endsAt : next?.startsAt) ?? null
  const when = isActive ? 'now' : until === null ? 'not any more' : 'later'
  return { kind, name, isActive, until, message: `${name} ${does} ${when}${why}.` }
}
