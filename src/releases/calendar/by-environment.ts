/**
 * How whole environments stand: for how many of their services they are open now, and what closes
 * them for the rest. Most services are covered by the same windows, so each calendar is read once.
 */
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import {
  type Closure,
  type SlotCalendar,
  slotCalendar,
  type StandingFreeze,
  standing,
} from './calendar.ts'
import type { StandingWindow } from './schedule.ts'

/** More than these nobody reads in a line above the page. */
const CLOSURES_MAX = 10

export interface EnvironmentStanding {
  readonly environment: string
  /** Services whose path leads here, by whether they may move now. */
  readonly open: number
  readonly closed: number
  /** What closes it for any of them, each once. */
  readonly closures: readonly Closure[]
  /** When it next opens or closes for any of them; null when that is not in sight. */
  readonly nextChangeAt: number | null
}

export interface OnCalendar {
  readonly services: readonly Pick<ServiceSpec, 'name' | 'tier' | 'zone' | 'path'>[]
  readonly windows: readonly StandingWindow[]
  readonly freezes: readonly StandingFreeze[]
}

export function environmentStanding(
  { name: environment, kind }: Pick<EnvironmentSpec, 'name' | 'kind'>,
  { services, windows, freezes }: OnCalendar,
  now: number,
): EnvironmentStanding {
  const known = new Map<string, ReturnType<typeof standing>>()
  const standings = services
    .filter(({ path }) => path.includes(environment))
    .map(({ name: service, tier, zone }) => {
      const calendar = slotCalendar({ service, environment, kind, tier, zone }, windows, freezes)
      const key = keyOf(calendar, zone)
      const found = known.get(key) ?? standing(calendar, now)
      known.set(key, found)
      return found
    })
  const closed = standings.filter(({ isOpen }) => !isOpen)
  const closures = new Map(
    closed.flatMap(({ closures: all }) => all.map((one) => [`${one.kind} ${one.name}`, one])),
  )
  const changes = [...known.values()].flatMap(({ isOpen, nextOpen, nextClose }) => {
    const next = isOpen ? nextClose : nextOpen
    return next === null ? [] : [next]
  })
  return {
    environment,
    open: standings.length - closed.length,
    closed: closed.length,
    closures: [...closures.values()].slice(0, CLOSURES_MAX),
    nextChangeAt: changes.length === 0 ? null : Math.min(...changes),
  }
}

/** The hours that a tier brings with it have one name in every zone. */
function keyOf({ allow, deny, freezes }: SlotCalendar, zone = ''): string {
  const names = [allow, deny].map((all) => all.map(({ name }) => name))
  return JSON.stringify([zone, ...names, freezes.map(({ freeze }) => freeze)])
}
