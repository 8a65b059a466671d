/** What is on the calendar in a span of time, one entry each time that something stands. */
import type { SlotCalendar } from './calendar.ts'
import type { Interval } from './intervals.ts'
import { type Timed, timesOf } from './schedule.ts'

export interface CalendarEntry extends Interval {
  readonly kind: 'freeze' | 'allow' | 'deny'
  readonly name: string
  readonly reason: string
  readonly by: string
  /** It blocks rollbacks too. */
  readonly isHard: boolean
}

/** More than a page can show: whoever meets it asks for a shorter span, or for one service. */
const ENTRIES_MAX = 5_000

/** By their beginning; `isCut` says that there were more. */
export function entriesIn(
  { allow, deny, freezes }: Pick<SlotCalendar, 'allow' | 'deny' | 'freezes'>,
  from: number,
  to: number,
): { readonly entries: readonly CalendarEntry[]; readonly isCut: boolean } {
  const frozen = freezes
    .filter(({ startsAt, endsAt }) => startsAt < to && endsAt > from)
    .map(({ freeze: name, reason, by, startsAt, endsAt, owner }): CalendarEntry => {
      return { kind: 'freeze', name, reason, by, startsAt, endsAt, isHard: owner !== null }
    })
  const all = [
    ...frozen,
    ...deny.flatMap((each) => timesAs('deny', each, from, to)),
    ...allow.flatMap((each) => timesAs('allow', each, from, to)),
  ].sort((a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt)
  return { entries: all.slice(0, ENTRIES_MAX), isCut: all.length > ENTRIES_MAX }
}

function timesAs(
  kind: 'allow' | 'deny',
  { name, reason, by, schedule }: Timed,
  from: number,
  to: number,
): CalendarEntry[] {
  if (schedule === undefined) return []
  return timesOf(schedule, from, to).map((time) => ({
    ...{ kind, name, reason, by, isHard: false },
    ...time,
  }))
}
