/** What the server answers about the calendar: its own types. */
import type { Standing } from '../../../src/releases/calendar/calendar.ts'
import type { CalendarEntry } from '../../../src/releases/calendar/entries.ts'
import type { TraceLine } from '../../../src/releases/calendar/trace.ts'

export type { CalendarEntry, TraceLine }
export type { EnvironmentStanding } from '../../../src/releases/calendar/by-environment.ts'
export type { Closure } from '../../../src/releases/calendar/calendar.ts'

/** Whether one slot is open, and why. */
export type SlotStanding = Standing & {
  readonly service: string
  readonly environment: string
  readonly at: number
  readonly trace: readonly TraceLine[]
}

export interface CalendarSpan {
  readonly from: number
  readonly to: number
  readonly entries: readonly CalendarEntry[]
  /** There were more. */
  readonly isCut: boolean
}
