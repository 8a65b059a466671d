/**
 * Events of other calendars, to become freezes. Each is taken or refused by itself, with the
 * reason: a calendar of holidays should not fail as a whole because of a birthday that recurs.
 */
import { instantOf, isZone } from '#kernel/zone.ts'
import { type IcsLine, plainText, unfoldLines } from './ics-lines.ts'
import { DAY_MS, fromBasic, parseDay, parseWall } from './wall.ts'

/** Fifty years of holidays. */
export const EVENTS_MAX = 500
/** Summaries are shown in a line. */
const SUMMARY_MAX = 200

interface About {
  readonly uid: string
  readonly summary: string
  /** Where it begins, from 1. */
  readonly line: number
}

type IcsCode =
  | 'ics.no-uid'
  | 'ics.no-start'
  | 'ics.no-end'
  | 'ics.bad-time'
  | 'ics.unknown-zone'
  | 'ics.recurs'
  | 'ics.cancelled'

interface IcsRefusal {
  readonly code: IcsCode
  readonly message: string
  readonly remedy: string
}

export type IcsItem =
  | (About & { readonly startsAt: number; readonly endsAt: number })
  | (About & { readonly refusal: IcsRefusal })

/** One VEVENT each, in their order; `zone` is for times that name none. */
export function readIcs(text: string, zone: string): IcsItem[] {
  return eventsIn(text).map((lines) => itemOf(lines, zone))
}

/** The lines of each VEVENT, without those of what is nested in it. */
function eventsIn(text: string): IcsLine[][] {
  const events: IcsLine[][] = []
  const open: string[] = []
  for (const line of unfoldLines(text)) {
    if (line.name === 'BEGIN') {
      open.push(line.value.toUpperCase())
      if (open.at(-1) === 'VEVENT') events.push([line])
    } else if (line.name === 'END') open.pop()
    else if (open.at(-1) === 'VEVENT') events.at(-1)?.push(line)
  }
  return events
}

function itemOf(lines: readonly IcsLine[], zone: string): IcsItem {
  const find = (name: string) => lines.find((line) => line.name === name)
  const about = {
    uid: find('UID')?.value ?? '',
    summary: plainText(find('SUMMARY')?.value ?? '').slice(0, SUMMARY_MAX),
    line: lines[0]?.line ?? 0,
  }
  const refusal = notForUs(about, lines)
  if (refusal !== undefined) return { ...about, refusal }
  const span = spanOf(find, zone)
  return 'code' in span ? { ...about, refusal: span } : { ...about, ...span }
}

function notForUs({ uid }: About, lines: readonly IcsLine[]): IcsRefusal | undefined {
  const find = (...names: string[]) => lines.find((line) => names.includes(line.name))
  if (uid === '')
    return {
      code: 'ics.no-uid',
      message: 'It has no UID, so it could not be told from others the next time.',
      remedy: 'Give it one, or declare the freeze by hand.',
    }
  if (find('STATUS')?.value.toUpperCase() === 'CANCELLED')
    return {
      code: 'ics.cancelled',
      message: 'It is cancelled.',
      remedy: 'Lift the freeze, if it was imported before.',
    }
  const recurs = find('RRULE', 'RDATE', 'RECURRENCE-ID')
  if (recurs === undefined) return undefined
  return {
    code: 'ics.recurs',
    message: `It recurs (${recurs.name}), and a freeze does not.`,
    remedy: 'Apply a Window of mode deny with this rule.',
  }
}

type Span = { readonly startsAt: number; readonly endsAt: number }

function spanOf(find: (name: string) => IcsLine | undefined, zone: string): Span | IcsRefusal {
  const [start, end] = [find('DTSTART'), find('DTEND')]
  if (start === undefined)
    return {
      code: 'ics.no-start',
      message: 'It has no DTSTART.',
      remedy: 'Say when it begins.',
    }
  const begin = momentOf(start, zone)
  if ('code' in begin) return begin
  if (end !== undefined) {
    const close = momentOf(end, zone)
    return 'code' in close ? close : { startsAt: begin.at, endsAt: close.at }
  }
  const duration = find('DURATION')
  const lasts = duration === undefined ? undefined : lastsOf(duration.value)
  if (duration !== undefined && lasts === undefined) return badTime(duration)
  // RFC 5545 §3.6.1: a day without an end is that day.
  const { days, ms } = lasts ?? { days: begin.isDay ? 1 : 0, ms: 0 }
  if (days === 0 && ms === 0)
    return {
      code: 'ics.no-end',
      message: 'It has neither DTEND nor DURATION.',
      remedy: 'Say when it ends: a freeze has an end.',
    }
  const wall = begin.wall + days * DAY_MS
  return { startsAt: begin.at, endsAt: instantOf(begin.zone, wall) + ms }
}

interface Moment {
  readonly at: number
  readonly wall: number
  readonly zone: string
  readonly isDay: boolean
}

function momentOf(line: IcsLine, fallback: string): Moment | IcsRefusal {
  const { value, parameters } = line
  const zone = value.endsWith('Z') ? 'UTC' : (parameters.get('TZID') ?? fallback)
  if (!isZone(zone))
    return {
      code: 'ics.unknown-zone',
      message: `${line.name} is in ${zone.slice(0, 100)}, which is no zone of the IANA database.`,
      remedy: 'Export it in UTC, or in a zone such as Europe/Berlin.',
    }
  const text = fromBasic(value.replace(/Z$/, ''))
  const day = parseDay(text)
  const wall = day === undefined ? parseWall(text) : day * DAY_MS
  if (wall === undefined) return badTime(line)
  return { at: instantOf(zone, wall), wall, zone, isDay: day !== undefined }
}

function badTime({ name, value }: IcsLine): IcsRefusal {
  return {
    code: 'ics.bad-time',
    message: `${name} says ${value.slice(0, 100)}, and that is no time.`,
    remedy: 'Write 20261224, 20261224T170000Z, or P2D for a duration.',
  }
}

function lastsOf(text: string): { readonly days: number; readonly ms: number } | undefined {
  const parts =
    /^\+?P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?$/.exec(
      text,
    )
  if (parts === null) return undefined
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0))
  return { days: weeks * 7 + days, ms: ((hours * 60 + minutes) * 60 + seconds) * 1_000 }
}
