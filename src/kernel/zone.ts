/**
 * IANA time zones by arithmetic. What a clock on the wall shows is held as a number too: the
 * milliseconds at which a clock in Greenwich would show the same. Rules are reckoned on the wall,
 * where every day has 24 hours, and only their results become instants.
 */
import { nearest } from './nearest.ts'

const DAY_MS = 86_400_000
const [HOUR_MS, MINUTE_MS, SECOND_MS] = [3_600_000, 60_000, 1_000]
/** Eleven years of days: what one question about a calendar can touch, many times over. */
const DAYS_KEPT_MAX = 4_096
/** `Europe/Berlin`, `America/Port-au-Prince`, `UTC`: no offsets, and as everybody writes them. */
const ZONE = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/

interface Clock {
  readonly format: Intl.DateTimeFormat
  /** Offsets at the beginnings of days, by day since 1970. */
  readonly days: Map<number, number>
}

const clocks = new Map<string, Clock>()

export function isZone(name: string): boolean {
  return clockOf(name) !== undefined
}

/** The zone that was meant: by its whole name, or by its city alone. */
export function nearestZone(name: string): string | undefined {
  const known = [...Intl.supportedValuesOf('timeZone'), 'UTC']
  const whole = nearest(name, known)
  if (whole !== undefined) return whole
  const cityOf = (zone: string) => zone.slice(zone.lastIndexOf('/') + 1)
  const city = nearest(cityOf(name), known.map(cityOf))
  return known.find((zone) => cityOf(zone) === city)
}

/** What a clock on the wall shows at the instant. The zone has to be one. */
export function wallAt(zone: string, at: number): number {
  return at + offsetAt(zone, at)
}

/**
 * The instant at which the wall shows this, by RFC 5545 §3.3.5: of two the first; where the clocks
 * skip it, as if they had not been put forward yet.
 */
export function instantOf(zone: string, wall: number): number {
  // No offset is a day or more, so these lie on both sides of whatever happens to the clocks here.
  const [before, after] = [offsetAt(zone, wall - DAY_MS), offsetAt(zone, wall + DAY_MS)]
  const fits = [wall - before, wall - after].filter((at) => wallAt(zone, at) === wall)
  return fits.length === 0 ? wall - before : Math.min(...fits)
}

/** Milliseconds east of Greenwich at the instant. */
export function offsetAt(zone: string, at: number): number {
  const clock = clockOf(zone)
  if (clock === undefined) return 0
  const day = Math.floor(at / DAY_MS)
  const [begin, end] = [offsetOnDay(clock, day), offsetOnDay(clock, day + 1)]
  // Asking Intl costs microseconds, and on most days nothing happens to the clocks.
  return begin === end ? begin : readOffset(clock, at)
}

function offsetOnDay(clock: Clock, day: number): number {
  const known = clock.days.get(day)
  if (known !== undefined) return known
  if (clock.days.size >= DAYS_KEPT_MAX) clock.days.clear()
  const offset = readOffset(clock, day * DAY_MS)
  clock.days.set(day, offset)
  return offset
}

/** Said as `1/5/2026, GMT+05:30`; plain `GMT` is none. */
function readOffset({ format }: Clock, at: number): number {
  const said = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(format.format(at))
  if (said === null) return 0
  const [, sign, hours, minutes, seconds = 0] = said
  const size = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS
  return sign === '-' ? -size : size
}

function clockOf(zone: string): Clock | undefined {
  const known = clocks.get(zone)
  if (known !== undefined || !ZONE.test(zone)) return known
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    const clock = { format, days: new Map<number, number>() }
    clocks.set(zone, clock)
    return clock
  } catch {
    return undefined
  }
}
