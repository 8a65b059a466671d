/**
 * A time zone as iCalendar wants it told beside every event that names it (RFC 5545 §3.6.5): each
 * change of the clocks in a few years. Who subscribes fetches it again long before those are over.
 */
import { offsetAt } from '#kernel/zone.ts'
import { basicWall, DAY_MS } from './wall.ts'

const [HOUR_MS, MINUTE_MS] = [3_600_000, 60_000]

export function zoneLines(zone: string, from: number, to: number): string[] {
  const first = offsetAt(zone, from)
  return [
    'BEGIN:VTIMEZONE',
    `TZID:${zone}`,
    ...changeLines(from, first, first),
    ...changesOf(zone, from, to).flatMap((at) =>
      changeLines(at, offsetAt(zone, at - MINUTE_MS), offsetAt(zone, at)),
    ),
    'END:VTIMEZONE',
  ]
}

function changeLines(at: number, before: number, after: number): string[] {
  const kind = after > before ? 'DAYLIGHT' : 'STANDARD'
  return [
    `BEGIN:${kind}`,
    `DTSTART:${basicWall(at + before)}`,
    `TZOFFSETFROM:${offsetText(before)}`,
    `TZOFFSETTO:${offsetText(after)}`,
    `END:${kind}`,
  ]
}

/** The instants in [from, to) at which the clocks are moved, to the minute. */
function changesOf(zone: string, from: number, to: number): number[] {
  const found: number[] = []
  for (let day = from; day < to; day += DAY_MS) {
    const before = offsetAt(zone, day)
    if (offsetAt(zone, day + DAY_MS) === before) continue
    let [low, high] = [0, DAY_MS / MINUTE_MS]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (offsetAt(zone, day + middle * MINUTE_MS) === before) low = middle
      else high = middle
    }
    found.push(day + high * MINUTE_MS)
  }
  return found
}

/** `+0530`. */
function offsetText(ms: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const size = Math.abs(ms)
  const hours = two(Math.floor(size / HOUR_MS))
  return `${ms < 0 ? '-' : '+'}${hours}${two(Math.floor((size % HOUR_MS) / MINUTE_MS))}`
}
