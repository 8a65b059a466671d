/** What is over, what holds it, and what went. */
import { sql } from 'kysely'
import type { Reference } from '#artifacts/events.ts'
import { keptArtifacts, type ReferencesTo } from '#artifacts/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { HOLDS_MAX, isHeldBy, isInForce, type LegalHold } from '../retention/legal-hold.ts'
import type { DroppedLogsRow, LegalHoldRow } from '../views/retention.ts'

export type { DroppedLogsRow, LegalHoldRow } from '../views/retention.ts'

const tables = (reads: Reads) =>
  reads.withTables<{ legal_holds: LegalHoldRow; dropped_logs: DroppedLogsRow }>()

/** Newest first. */
export async function legalHoldsIn(
  reads: Reads,
  at: { readonly all: boolean; readonly now: number; readonly limit: number },
): Promise<LegalHoldRow[]> {
  let query = tables(reads).selectFrom('legal_holds').selectAll()
  if (!at.all)
    query = query
      .where('isLifted', '=', false)
      .where(sql<boolean>`(until is null or until > ${new Date(at.now)})`)
  return query.orderBy('placedAt', 'desc').orderBy('id').limit(at.limit).execute()
}

export async function legalHoldNamed(reads: Reads, id: string): Promise<LegalHoldRow | undefined> {
  return tables(reads).selectFrom('legal_holds').selectAll().where('id', '=', id).executeTakeFirst()
}

export type NamedHold = LegalHold & { readonly id: string }

/** All of them: placing one more than so many is refused. */
export async function holdsInForce(reads: Reads, now: number): Promise<readonly NamedHold[]> {
  const rows = await legalHoldsIn(reads, { all: false, now, limit: 2 * HOLDS_MAX })
  return rows.map(({ id, state }) => ({ ...state, id }))
}

export interface EndedRun {
  readonly run: string
  readonly service: string
  readonly queuedAt: number
  readonly endedAt: number
  /** Digests of what it published. */
  readonly artifacts: readonly string[]
}

/**
 * Ended before, with logs that nobody ordered to go; the oldest first, from after a place on. By
 * when they were queued, which is what runs are indexed by: what ended before was queued before.
 */
export async function runsWithLogs(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly before: number
    readonly after?: Pick<EndedRun, 'run' | 'queuedAt'> | undefined
    readonly limit: number
  },
): Promise<readonly EndedRun[]> {
  const { service, before, after, limit } = at
  const ofService = service === undefined ? sql`true` : sql`r.service = ${service}`
  const isAfter =
    after === undefined
      ? sql`true`
      : sql`(r.queued_at, r.id) > (${new Date(after.queuedAt)}, ${after.run})`
  const { rows } = await sql<EndedRun>`
    select r.id as run, r.service, r.queued_at as "queuedAt", r.ended_at as "endedAt",
      (select coalesce(jsonb_agg(a.digest), '[]') from artifacts a
       where a.service = r.service and a.run = r.id) as artifacts
    from runs r
    where r.queued_at <= ${new Date(before)} and r.ended_at <= ${new Date(before)}
      and r.origin is null and r.refusal is null
      and ${ofService} and ${isAfter}
      and not exists (select from dropped_logs d where d.run = r.id)
    order by r.queued_at, r.id limit ${limit}`.execute(reads)
  return rows
}

/** Those that ran something before, known to the catalog still or not. */
export async function servicesWithLogs(reads: Reads, before: number): Promise<readonly string[]> {
  const { rows } = await sql<{ service: string }>`
    select distinct r.service from runs r
    where r.queued_at <= ${new Date(before)} and r.ended_at <= ${new Date(before)}
      and r.origin is null and r.refusal is null
      and not exists (select from dropped_logs d where d.run = r.id)
    order by r.service limit 10000`.execute(reads)
  return rows.map(({ service }) => service)
}

/** Ordered, and still there: the oldest first. */
export async function openOrders(
  reads: Reads,
  at: { readonly service?: string | undefined; readonly limit: number },
): Promise<readonly DroppedLogsRow[]> {
  let query = tables(reads).selectFrom('dropped_logs').selectAll().where('droppedAt', 'is', null)
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  return query.orderBy('orderedAt').orderBy('run').limit(at.limit).execute()
}

/** The last that went first. */
export async function droppedLogs(
  reads: Reads,
  at: { readonly service?: string | undefined; readonly limit: number },
): Promise<readonly DroppedLogsRow[]> {
  let query = tables(reads).selectFrom('dropped_logs').selectAll()
  query = query.where('droppedAt', 'is not', null)
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  return query.orderBy('droppedAt', 'desc').orderBy('run').limit(at.limit).execute()
}

/** One run, ordered or not: looked at again before its bodies go. */
export async function runsNamed(
  reads: Reads,
  runs: readonly string[],
): Promise<readonly EndedRun[]> {
  const { rows } = await sql<EndedRun>`
    select r.id as run, r.service, r.queued_at as "queuedAt", r.ended_at as "endedAt",
      (select coalesce(jsonb_agg(a.digest), '[]') from artifacts a
       where a.service = r.service and a.run = r.id) as artifacts
    from runs r where r.id = any(${[...runs]}::text[]) and r.ended_at is not null
    order by r.ended_at, r.id limit 1000`.execute(reads)
  return rows
}

/** As many as anybody keeps of one service; the same bound as for what refers to them. */
const ARTIFACTS_MAX = 20_000

/** What other rooms refer to, and what legal holds keep. */
export const withLegalHolds =
  (referencesTo: ReferencesTo): ReferencesTo =>
  async (reads, service, now) => {
    const others = await referencesTo(reads, service, now)
    const holds = (await holdsInForce(reads, now)).filter(
      (hold) => hold.service === '*' || hold.service === service,
    )
    if (holds.length === 0) return others
    const rows = await keptArtifacts(reads, { service, limit: ARTIFACTS_MAX })
    const held = holds.flatMap((hold) =>
      rows
        .filter(({ published_at: at }) => isHeldBy(hold, { service, from: at, to: at }))
        .map(({ digest }): Reference => {
          const by = `legal hold ${hold.id}: ${hold.reason}`
          return { artifact: digest, reason: 'legal-hold', by }
        }),
    )
    return [...others, ...held]
  }

/**
 * The hold that keeps the words of an event. Of one that names no service nobody can say that it is
 * of another, so every hold on its time keeps it.
 */
export async function holdOver(
  reads: Reads,
  data: unknown,
  now: number,
): Promise<string | undefined> {
  const { service, at } = Object(data) as { readonly service?: unknown; readonly at?: unknown }
  const when = typeof at === 'number' ? at : now
  const hold = (await holdsInForce(reads, now)).find((each) =>
    isHeldBy(each, {
      service: typeof service === 'string' ? service : each.service,
      ...{ from: when, to: when },
    }),
  )
  return hold && `legal hold ${hold.id}: ${hold.reason}`
}

/** Of these files that runs keep, those that a legal hold does. */
export async function heldRunArtifacts(
  reads: Reads,
  digests: readonly string[],
  now: number,
): Promise<ReadonlySet<string>> {
  const holds = (await holdsInForce(reads, now)).filter((hold) => isInForce(hold, now))
  if (holds.length === 0) return new Set()
  const { rows } = await sql<{ digest: string; service: string; at: number }>`
    select digest, service, published_at as at from run_artifacts
    where digest = any(${[...digests]}::text[])`.execute(reads)
  const kept = rows.filter(({ service, at }) =>
    holds.some((hold) => isHeldBy(hold, { service, from: at, to: at })),
  )
  return new Set(kept.map(({ digest }) => digest))
}
