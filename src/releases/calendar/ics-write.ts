/**
 * The calendar for other calendars, as RFC 5545 writes it: freezes between two instants, windows by
 * their rule in their zone. People see it where they plan their week.
 */
import type { StandingFreeze } from './calendar.ts'
import { escapeText, foldLines } from './ics-lines.ts'
import { zoneLines } from './ics-zone.ts'
import { recurrences } from './recurrence.ts'
import { formatRule } from './rule-text.ts'
import {
  HORIZON_MS,
  type Lasts,
  readSchedule,
  type Schedule,
  type StandingWindow,
} from './schedule.ts'
import { scopeText } from './scope.ts'
import { basicInstant, basicWall, DAY_MS } from './wall.ts'

/** Years of clock changes that go with a zone: calendars look again within the day. */
const ZONE_MS = 3 * 366 * DAY_MS

export function writeIcs(
  windows: readonly StandingWindow[],
  freezes: readonly StandingFreeze[],
  now: number,
): string {
  const readable = windows.flatMap((window) => {
    const read = readSchedule(window.spec)
    const start = 'schedule' in read ? firstOf(read.schedule) : undefined
    if (!('schedule' in read) || start === undefined) return []
    return [{ window, schedule: { ...read.schedule, start } }]
  })
  return foldLines([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Signalbox//Calendar//EN',
    'CALSCALE:GREGORIAN',
    'X-WR-CALNAME:Releases',
    ...zonesOf(
      readable.map(({ schedule }) => schedule),
      now,
    ),
    ...freezes.flatMap((freeze) => freezeLines(freeze, now)),
    ...readable.flatMap(({ window, schedule }) => windowLines(window, schedule)),
    'END:VCALENDAR',
  ])
}

/** Elsewhere the start is always one of them, so it is given the first that truly is. */
function firstOf({ rule, start }: Schedule): number | undefined {
  return recurrences(rule, start, start, start + HORIZON_MS)[0]
}

function zonesOf(schedules: readonly Schedule[], now: number): string[] {
  const from = Math.min(...schedules.map(({ start }) => start)) - DAY_MS
  const names = new Set(schedules.map(({ zone }) => zone).filter((zone) => zone !== 'UTC'))
  return [...names].sort().flatMap((zone) => zoneLines(zone, from, now + ZONE_MS))
}

function freezeLines(freeze: StandingFreeze, now: number): string[] {
  const { freeze: name, environments, services, reason, by, startsAt, endsAt } = freeze
  return [
    'BEGIN:VEVENT',
    `UID:freeze-${name}-${startsAt}@signalbox`,
    `DTSTAMP:${basicInstant(now)}`,
    `DTSTART:${basicInstant(startsAt)}`,
    `DTEND:${basicInstant(endsAt)}`,
    `SUMMARY:${escapeText(`Freeze ${name}: ${reason}`)}`,
    `DESCRIPTION:${escapeText(`${scopeText({ environments, services })}\nDeclared by ${by}`)}`,
    'CATEGORIES:FREEZE',
    'END:VEVENT',
  ]
}

function windowLines({ window: name, spec, by, appliedAt }: StandingWindow, schedule: Schedule) {
  const { zone, rule, start, lasts, except } = schedule
  const says = spec.mode === 'allow' ? 'Deploying allowed' : 'No deploying'
  const why = spec.reason === '' ? '' : `: ${spec.reason}`
  return [
    'BEGIN:VEVENT',
    `UID:window-${name}@signalbox`,
    `DTSTAMP:${basicInstant(appliedAt)}`,
    `DTSTART${inZone(zone, [start])}`,
    `DURATION:${durationText(lasts)}`,
    `RRULE:${formatRule(rule, zone)}`,
    ...(except.length === 0 ? [] : [`EXDATE${inZone(zone, except)}`]),
    `SUMMARY:${escapeText(`${says} (${name})${why}`)}`,
    `DESCRIPTION:${escapeText(`${scopeText(spec.scope)}\nApplied by ${by}`)}`,
    `CATEGORIES:${spec.mode === 'allow' ? 'WINDOW' : 'FREEZE'}`,
    // One that allows keeps nobody from being busy with other things.
    `TRANSP:${spec.mode === 'allow' ? 'TRANSPARENT' : 'OPAQUE'}`,
    'END:VEVENT',
  ]
}

function inZone(zone: string, walls: readonly number[]): string {
  return zone === 'UTC'
    ? `:${walls.map(basicInstant).join(',')}`
    : `;TZID=${zone}:${walls.map(basicWall).join(',')}`
}

/** `P1DT8H`. */
function durationText({ days, ms }: Lasts): string {
  const seconds = Math.floor(ms / 1_000)
  const parts = [
    [Math.floor(seconds / 3_600), 'H'],
    [Math.floor(seconds / 60) % 60, 'M'],
    [seconds % 60, 'S'],
  ] as const
  const time = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('')
  return `P${days === 0 ? '' : `${days}D`}${time === '' ? '' : `T${time}`}`
}
