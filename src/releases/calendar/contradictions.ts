/**
 * What the windows and freezes of a slot do to each other: which of them never comes to anything,
 * and which two mean different things of the same hour. The calendar is never ambiguous, since what
 * closes wins; but people are surprised by that, and should read it before it is Friday.
 */
import type { SlotCalendar } from './calendar.ts'
import { openIn } from './calendar.ts'
import { clip, type Interval, subtract } from './intervals.ts'
import { type Timed, timesOf } from './schedule.ts'

export interface Contradiction {
  readonly what:
    | 'closed-throughout'
    | 'allowed-and-closed'
    | 'closed-anyway'
    | 'allowed-twice'
    | 'unreadable'
  readonly windows: readonly string[]
  /** When it happens first, if it happens at a time. */
  readonly at: Interval | null
  readonly message: string
}

/** A page of them; whoever has more has one cause for many. */
const SHOWN_MAX = 50

export function contradictionsIn(
  calendar: SlotCalendar,
  from: number,
  to: number,
): readonly Contradiction[] {
  const closers = [
    ...calendar.freezes.map((freeze) => ({ name: freeze.freeze, times: clip([freeze], from, to) })),
    ...calendar.deny.map((each) => ({ name: each.name, times: timesIn(each, from, to) })),
  ]
  const allowers = calendar.allow.map((each) => ({
    name: each.name,
    times: timesIn(each, from, to),
  }))
  return [
    ...throughout(calendar, from, to),
    ...unreadable([...calendar.allow, ...calendar.deny]),
    ...allowers.flatMap((allow) => closers.flatMap((close) => against(allow, close))),
    ...(allowers.length === 0 ? [] : closers.flatMap((close) => anyway(close, allowers))),
    ...twice(allowers),
  ].slice(0, SHOWN_MAX)
}

interface Named {
  readonly name: string
  readonly times: readonly Interval[]
}

function throughout(calendar: SlotCalendar, from: number, to: number): readonly Contradiction[] {
  if (openIn(calendar, from, to).length > 0) return []
  const windows = namesOf([...calendar.allow, ...calendar.deny])
  const freezes = calendar.freezes.map(({ freeze }) => freeze)
  return [
    {
      what: 'closed-throughout',
      windows: [...freezes, ...windows],
      at: { startsAt: from, endsAt: to },
      message: 'It is not open at any time that was looked at: together they leave nothing.',
    },
  ]
}

function unreadable(all: readonly Timed[]): readonly Contradiction[] {
  return all
    .filter(({ schedule }) => schedule === undefined)
    .map(({ name }) => ({
      what: 'unreadable',
      windows: [name],
      at: null,
      message: `${name} can not be read any more, and stands never: apply it anew.`,
    }))
}

/** One allows what the other closes: closed wins. */
function against(allow: Named, close: Named): readonly Contradiction[] {
  for (const time of allow.times) {
    const [both] = close.times.flatMap((other) => overlap(time, other))
    if (both === undefined) continue
    const isWhole = subtract([time], close.times).length === 0
    const much = isWhole ? 'the whole of it' : 'a part of it'
    return [
      {
        what: 'allowed-and-closed',
        windows: [allow.name, close.name],
        at: both,
        message: `${allow.name} allows it, and ${close.name} closes ${much}: closed wins.`,
      },
    ]
  }
  return []
}

/** It closes only what no window allows. */
function anyway(close: Named, allowers: readonly Named[]): readonly Contradiction[] {
  if (close.times.length === 0) return []
  const meets = allowers.some(({ times }) =>
    times.some((time) => close.times.some((other) => overlap(time, other).length > 0)),
  )
  if (meets) return []
  return [
    {
      what: 'closed-anyway',
      windows: [close.name],
      at: close.times[0] ?? null,
      message: `${close.name} closes it when nothing allows it: it is closed then anyway.`,
    },
  ]
}

/** Two that allow the same hour; the second adds nothing to it. */
function twice(allowers: readonly Named[]): readonly Contradiction[] {
  return allowers.flatMap((one, i) =>
    allowers.slice(i + 1).flatMap((other): Contradiction[] => {
      if (one.name === other.name) return []
      const [both] = one.times.flatMap((time) =>
        other.times.flatMap((second) => overlap(time, second)),
      )
      if (both === undefined) return []
      const isWhole = subtract(other.times, one.times).length === 0
      const much = isWhole ? `${other.name} adds nothing to ${one.name}` : 'one of them is enough'
      return [
        {
          what: 'allowed-twice',
          windows: [one.name, other.name],
          at: both,
          message: `${one.name} and ${other.name} both allow it: ${much}.`,
        },
      ]
    }),
  )
}

function timesIn({ schedule }: Timed, from: number, to: number): readonly Interval[] {
  return schedule === undefined ? [] : clip(timesOf(schedule, from, to), from, to)
}

function overlap(a: Interval, b: Interval): readonly Interval[] {
  const startsAt = Math.max(a.startsAt, b.startsAt)
  const endsAt = Math.min(a.endsAt, b.endsAt)
  return startsAt < endsAt ? [{ startsAt, endsAt }] : []
}

const namesOf = (all: readonly Timed[]) => [...new Set(all.map(({ name }) => name))]
