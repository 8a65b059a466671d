/**
 * Readings of a clock on the wall, as people and calendars write them. Inside they are numbers: the
 * milliseconds at which a clock in Greenwich would show the same.
 */
export const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const SECOND_MS = 1_000

export interface Civil {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
}

/** Days since 1970 of a date on the wall; the 0th of a month is the last of the one before. */
export function dayOf({ year, month, day }: Civil): number {
  return Date.UTC(year, month - 1, day) / DAY_MS
}

export function civilOf(day: number): Civil {
  const date = new Date(day * DAY_MS)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** Monday is 0. The first day of 1970 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7
}

/** `2026-01-05T09:00`, with seconds or without; undefined when there is no such reading. */
export function parseWall(text: string): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(text)
  const day = parts === null ? undefined : parseDay(parts[1] ?? '')
  if (parts === null || day === undefined) return undefined
  const [hours, minutes, seconds] = [parts[2], parts[3], parts[4] ?? 0].map(Number)
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  return day * DAY_MS + (hours * 60 + minutes) * MINUTE_MS + seconds * SECOND_MS
}

/** `2026-12-25` as days since 1970; undefined when there is no such day. */
export function parseDay(text: string): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (parts === null) return undefined
  const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number)
  const since = dayOf({ year, month, day })
  // The 31st of February would be taken for a day in March.
  return year >= 1970 && formatDay(since) === text ? since : undefined
}

export function formatDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** `2026-01-05T09:00`. */
export function formatWall(wall: number): string {
  return new Date(wall).toISOString().slice(0, 16)
}

/** As iCalendar writes it: `20260105T090000`. */
export function basicWall(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
}

/** An instant as iCalendar writes it: `20260105T080000Z`. */
export function basicInstant(at: number): string {
  return `${basicWall(at)}Z`
}

/** iCalendar's `20260105T090000` or `20260105` in the longer form of ISO 8601. */
export function fromBasic(text: string): string {
  return text
    .replace(/^(\d{4})(\d\d)(\d\d)/, '$1-$2-$3')
    .replace(/T(\d\d)(\d\d)(\d\d)$/, 'T$1:$2:$3')
}
