/** What is asked of trains, and who would board one. */
import { services } from '#catalog/queries.ts'
import type { ServiceSpec } from '#catalog/events.ts'
import type { Reads } from '#engine/sql.ts'
import { decide } from '../decide.ts'
import type { TrainSpec } from '../events/trains.ts'
import { boarding, type Boarding, type BoardingFacts } from '../plans/boarding.ts'
import { dependenciesAmong } from '../plans/order.ts'
import { slotRow, validationsIn } from '../queries.ts'
import type { DepartureRow, TrainRow } from '../views/trains.ts'
import { gatherFacts } from './facts.ts'

export type { DepartureRow, TrainRow } from '../views/trains.ts'

const TRAINS_MAX = 500
/** Older ones that never moved on are not looked for. */
const VALIDATIONS_MAX = 100

const tables = (reads: Reads) =>
  reads.withTables<{ trains: TrainRow; train_departures: DepartureRow }>()

export async function trainRows(reads: Reads): Promise<TrainRow[]> {
  return tables(reads)
    .selectFrom('trains')
    .selectAll()
    .where('status', '=', 'applied')
    .orderBy('id')
    .limit(TRAINS_MAX)
    .execute()
}

export async function trainNamed(reads: Reads, id: string): Promise<TrainRow | undefined> {
  return tables(reads).selectFrom('trains').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first. */
export async function departuresOf(
  reads: Reads,
  train: string,
  limit: number,
): Promise<DepartureRow[]> {
  return tables(reads)
    .selectFrom('train_departures')
    .selectAll()
    .where('train', '=', train)
    .orderBy('departsAt', 'desc')
    .limit(limit)
    .execute()
}

/** Services that it is for, by name. */
export async function passengersOf(reads: Reads, spec: TrainSpec): Promise<readonly ServiceSpec[]> {
  return (await services(reads)).filter(
    ({ name, owner, tier }) =>
      spec.services.includes(name) || spec.owners.includes(owner) || spec.tiers.includes(tier),
  )
}

export const holdOfTrain = (train: string) => `Goes with the release train ${train}.`

/** `now` is when it leaves, be it late; the cut-off is reckoned from when it should. */
export async function boardingOf(
  reads: Reads,
  train: Pick<TrainRow, 'id' | 'spec' | 'by'>,
  departure: number,
  now: number,
): Promise<Boarding> {
  const passengers = await passengersOf(reads, train.spec)
  const dependsOn = new Map((await services(reads)).map((each) => [each.name, each.dependsOn]))
  const names = passengers.map(({ name }) => name)
  const before = dependenciesAmong(names, (service) => dependsOn.get(service) ?? [])
  const facts: BoardingFacts[] = []
  for (const service of names)
    facts.push({
      ...(await factsOf(reads, train, service, { departure, now })),
      after: [...(before.get(service) ?? [])],
    })
  return boarding(facts)
}

async function factsOf(
  reads: Reads,
  { id, spec, by }: Pick<TrainRow, 'id' | 'spec' | 'by'>,
  service: string,
  { departure, now }: { readonly departure: number; readonly now: number },
): Promise<Omit<BoardingFacts, 'after'>> {
  const { from, to, cutOffMs } = spec
  const validated = (await validationsIn(reads, { service, environment: from }, VALIDATIONS_MAX))
    // That a rollback went well says nothing new about the release it went back to.
    .filter(({ kind }) => kind !== 'rollback')
  const inTime = validated.find(({ at }) => at <= departure - cutOffMs)
  const [newest] = validated
  const candidate = inTime && { release: inTime.release, version: inTime.version }
  const tooLate = newest?.release === inTime?.release ? undefined : newest?.version
  const slot = (await slotRow(reads, to, service))?.state
  const hold = slot?.hold?.reason === holdOfTrain(id) ? undefined : slot?.hold?.reason
  const known = { service, candidate, tooLate, hold, there: slot?.settled ?? undefined }
  if (candidate === undefined) return { ...known, verdict: undefined }
  const asked = { service, environment: to, release: candidate.release }
  const wish = { ...asked, origin: 'person', requestedBy: by } as const
  const gathered = await gatherFacts(reads, wish, now)
  const verdict = 'missing' in gathered ? undefined : decide(gathered.facts, now)
  return { ...known, verdict }
}
