/** What is asked of the calendar: by other rooms whether a slot is open, by pages what is on it. */
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import type { Reads } from '#engine/sql.ts'
import { together } from '#engine/together.ts'
import { type SlotCalendar, slotCalendar, type Standing, standing } from '../calendar/calendar.ts'
import type { Place } from '../calendar/scope.ts'
import { freezes } from '../queries.ts'
import type { WindowRow } from '../views.ts'

export type { Closure, Opening, Standing } from '../calendar/calendar.ts'
export type { WindowRow } from '../views.ts'

/** Each takes a fraction of a millisecond; whoever has more should use fewer and wider ones. */
const WINDOWS_MAX = 500

const tables = (reads: Reads) => reads.withTables<{ windows: WindowRow }>()

export async function windows(reads: Reads): Promise<WindowRow[]> {
  return tables(reads)
    .selectFrom('windows')
    .selectAll()
    .orderBy('window')
    .limit(WINDOWS_MAX)
    .execute()
}

export async function windowNamed(reads: Reads, name: string): Promise<WindowRow | undefined> {
  return tables(reads)
    .selectFrom('windows')
    .selectAll()
    .where('window', '=', name)
    .executeTakeFirst()
}

/** Whether the slot is open now, why not, and when next. */
export async function standingOf(
  reads: Reads,
  service: ServiceSpec,
  environment: Pick<EnvironmentSpec, 'name' | 'kind'>,
  now: number,
): Promise<Standing> {
  return (await standingByPlace(reads, now))(service, environment)
}

/** The same, asked for before it is known where. */
export async function standingByPlace(
  reads: Reads,
  now: number,
): Promise<
  (service: ServiceSpec, environment: Pick<EnvironmentSpec, 'name' | 'kind'>) => Standing
> {
  const calendar = await calendarByPlace(reads, now)
  return (service, environment) => standing(calendar(placeOf(service, environment)), now)
}

/** The same by name; undefined when one of them is not known. */
export async function standingAt(
  reads: Reads,
  at: { readonly service: string; readonly environment: string },
  now: number,
): Promise<Standing | undefined> {
  const { service, environment, standing } = await together({
    service: serviceNamed(reads, at.service),
    environment: environmentNamed(reads, at.environment),
    standing: standingByPlace(reads, now),
  })
  if (service === undefined || environment === undefined) return undefined
  return standing(service, environment)
}

/** All that covers the slot from now on. */
export async function calendarOf(reads: Reads, place: Place, now: number): Promise<SlotCalendar> {
  return (await calendarByPlace(reads, now))(place)
}

async function calendarByPlace(reads: Reads, now: number): Promise<(place: Place) => SlotCalendar> {
  const { frozen, all } = await together({
    frozen: freezes(reads, { endsAfter: now, lifted: false }),
    all: windows(reads),
  })
  return (place) => slotCalendar(place, all, frozen)
}

export function placeOf(
  { name: service, tier, zone }: ServiceSpec,
  { name: environment, kind }: Pick<EnvironmentSpec, 'name' | 'kind'>,
): Place {
  return { service, environment, kind, tier, zone }
}
