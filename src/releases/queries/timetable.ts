/** When something leaves that keeps a rule of the calendar: what trains ask of it. */
import { checkSchedule, HORIZON_MS, readSchedule, timesOf } from '../calendar/schedule.ts'

export interface Timetable {
  readonly zone: string
  readonly rule: string
  readonly start: string
  readonly except: readonly string[]
}

/** A departure is an instant; the calendar's windows last at least so long. */
const INSTANT = '1s'
const asSchedule = (timetable: Timetable) => ({ ...timetable, duration: INSTANT })

/** The first thing that is wrong with it, by its field. */
export function timetableProblem(timetable: Timetable) {
  return checkSchedule({ ...asSchedule(timetable), except: [...timetable.except] })
}

/** Those after `from`, up to and with `to`, in their order. */
export function departuresIn(timetable: Timetable, from: number, to: number): readonly number[] {
  const read = readSchedule({ ...asSchedule(timetable), except: [...timetable.except] })
  // A zone that was abolished since: it never leaves again, until it is applied anew.
  if ('problem' in read) return []
  return timesOf(read.schedule, from, to + 1)
    .map(({ startsAt }) => startsAt)
    .filter((at) => at > from && at <= to)
}

/** Undefined: none in sight. */
export function nextDeparture(timetable: Timetable, after: number): number | undefined {
  return departuresIn(timetable, after, after + HORIZON_MS)[0]
}
