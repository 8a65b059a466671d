/** What other rooms, and this one's shell, ask of promotions, deployments and slots. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { DeploymentKind, DeploymentOutcome, PromotionPlan, Skip } from './events.ts'
import { slotId } from './slot.ts'
import type { DeploymentRow, TickRow } from './views/deployments.ts'
import type { PromotionRow } from './views/promotions.ts'
import type { SlotRow, ValidationRow } from './views/slots.ts'

export type { DeploymentRow, TickRow } from './views/deployments.ts'
export type { PromotionRow } from './views/promotions.ts'
export type { SlotRow } from './views/slots.ts'

const tables = (reads: Reads) =>
  reads.withTables<{
    promotions: PromotionRow
    deployments: DeploymentRow
    deployment_ticks: TickRow
    slots: SlotRow
    validations: ValidationRow
  }>()

const PAGE_MAX = 500
/** A thousand services in five environments, twice over. */
const SLOTS_MAX = 10_000
/** As many points as a chart has room for. */
const TICKS_MAX = 600

interface Page {
  readonly service?: string | undefined
  readonly environment?: string | undefined
  readonly limit: number
}

export async function slotRow(
  reads: Reads,
  environment: string,
  service: string,
): Promise<SlotRow | undefined> {
  return tables(reads)
    .selectFrom('slots')
    .selectAll()
    .where('id', '=', slotId(environment, service))
    .executeTakeFirst()
}

export async function slotRows(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly environment?: string | undefined
    /** None of these: none. */
    readonly services?: readonly string[] | undefined
  } = {},
): Promise<SlotRow[]> {
  if (at.services?.length === 0) return []
  let query = tables(reads).selectFrom('slots').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.services !== undefined) query = query.where('service', 'in', at.services)
  if (at.environment !== undefined) query = query.where('environment', '=', at.environment)
  return query.orderBy('service').orderBy('environment').limit(SLOTS_MAX).execute()
}

export async function deploymentNamed(
  reads: Reads,
  id: string,
): Promise<DeploymentRow | undefined> {
  return tables(reads).selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What they did, by their ids. */
export async function plansOf(
  reads: Reads,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PromotionPlan>> {
  if (ids.length === 0) return new Map()
  const rows = await tables(reads)
    .selectFrom('deployments')
    .select(['id', 'plan'])
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map(({ id, plan }) => [id, plan]))
}

/** What is on its way anywhere in the environment; undefined: nothing is. */
export async function holderIn(reads: Reads, environment: string): Promise<string | undefined> {
  const row = await tables(reads)
    .selectFrom('slots')
    .select('holder')
    .where('environment', '=', environment)
    .where('holder', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row?.holder ?? undefined
}

/** Newest first. */
export async function deployments(
  reads: Reads,
  at: Page & {
    readonly release?: string | undefined
    readonly since?: number | undefined
    readonly until?: number | undefined
    readonly open?: boolean | undefined
    readonly outcome?: DeploymentOutcome | undefined
  },
): Promise<DeploymentRow[]> {
  let query = tables(reads).selectFrom('deployments').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.environment !== undefined) query = query.where('environment', '=', at.environment)
  if (at.release !== undefined) query = query.where('release', '=', at.release)
  if (at.outcome !== undefined) query = query.where('outcome', '=', at.outcome)
  if (at.since !== undefined)
    query = query.where(sql<boolean>`"startedAt" >= ${new Date(at.since)}`)
  if (at.until !== undefined) query = query.where(sql<boolean>`"startedAt" < ${new Date(at.until)}`)
  if (at.open === true) query = query.where('status', '!=', 'finished')
  return query
    .orderBy('startedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(Math.min(at.limit, PAGE_MAX))
    .execute()
}

/** What is missing in what is known of a deployment's release. */
export interface Doubts {
  /** What it passed by. */
  readonly gaps: readonly Skip[]
  /** Weights that it left without proof. */
  readonly unproven: readonly number[]
}

/** Of these deployments; those of which nothing is in doubt are left out. */
export async function doubtsOf(
  reads: Reads,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Doubts>> {
  if (ids.length === 0) return new Map()
  const rows = await tables(reads)
    .selectFrom('deployments')
    .select(['id', 'plan', 'unproven'])
    .where('id', 'in', [...ids])
    .where(sql<boolean>`jsonb_exists(plan, 'skips') or jsonb_array_length(unproven) > 0`)
    .execute()
  return new Map(rows.map(({ id, plan, unproven }) => [id, { gaps: plan.skips ?? [], unproven }]))
}

export async function deploymentsOfRelease(
  reads: Reads,
  release: string,
): Promise<DeploymentRow[]> {
  return tables(reads)
    .selectFrom('deployments')
    .selectAll()
    .where('release', '=', release)
    .orderBy('startedAt')
    .limit(PAGE_MAX)
    .execute()
}

/** The last of them, oldest first. */
export async function ticksOf(
  reads: Reads,
  deployment: string,
  most = TICKS_MAX,
): Promise<TickRow[]> {
  const latest = await tables(reads)
    .selectFrom('deployment_ticks')
    .selectAll()
    .where('deployment', '=', deployment)
    .orderBy('tick', 'desc')
    .limit(most)
    .execute()
  return latest.reverse()
}

/** How often automation took a release back in this slot since then. */
export async function undosSince(
  reads: Reads,
  slot: { readonly service: string; readonly environment: string },
  since: number,
): Promise<number> {
  const { count } = await tables(reads)
    .selectFrom('deployments')
    .select((is) => is.fn.countAll<number>().as('count'))
    .where('service', '=', slot.service)
    .where('environment', '=', slot.environment)
    .where('outcome', '=', 'rolledBack')
    .where(sql<boolean>`"finishedAt" >= ${new Date(since)}`)
    .executeTakeFirstOrThrow()
  return count
}

/** How long those took that succeeded in this slot, newest first; going back does not count. */
export async function durationsIn(
  reads: Reads,
  slot: { readonly service: string; readonly environment: string },
  limit: number,
): Promise<number[]> {
  const rows = await tables(reads)
    .selectFrom('deployments')
    .select(['startedAt', 'finishedAt'])
    .where('service', '=', slot.service)
    .where('environment', '=', slot.environment)
    .where('outcome', '=', 'succeeded')
    .where('kind', '!=', 'rollback')
    .orderBy('startedAt', 'desc')
    .limit(Math.min(limit, PAGE_MAX))
    .execute()
  return rows.map(({ startedAt, finishedAt }) => (finishedAt ?? startedAt) - startedAt)
}

export async function promotionNamed(reads: Reads, id: string): Promise<PromotionRow | undefined> {
  return tables(reads).selectFrom('promotions').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first. `open` is waiting or started; left out: all. */
export async function promotions(
  reads: Reads,
  at: Page & { readonly open?: boolean | undefined; readonly release?: string | undefined },
): Promise<PromotionRow[]> {
  let query = tables(reads).selectFrom('promotions').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.environment !== undefined) query = query.where('environment', '=', at.environment)
  if (at.release !== undefined) query = query.where('release', '=', at.release)
  if (at.open !== undefined) query = query.where('status', at.open ? '!=' : '=', 'ended')
  return query
    .orderBy('plannedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(Math.min(at.limit, PAGE_MAX))
    .execute()
}

/** Promotions that say they mend one of these: deployments, releases, incidents. Oldest first. */
export async function promotionsFixing(
  reads: Reads,
  mended: readonly string[],
): Promise<PromotionRow[]> {
  if (mended.length === 0) return []
  return tables(reads)
    .selectFrom('promotions')
    .selectAll()
    .where('fixes', 'in', [...mended])
    .orderBy('plannedAt')
    .limit(PAGE_MAX)
    .execute()
}

/** Waiting ones of a service, or of all: whom a change in the world may concern. */
export async function waitingPromotions(
  reads: Reads,
  at: { readonly service?: string | undefined; readonly environment?: string | undefined },
): Promise<PromotionRow[]> {
  let query = tables(reads).selectFrom('promotions').selectAll().where('status', '=', 'waiting')
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  if (at.environment !== undefined) query = query.where('environment', '=', at.environment)
  return query.orderBy('plannedAt').orderBy('id').limit(SLOTS_MAX).execute()
}

export interface Validation extends ValidationRow {
  /** Of the deployment that proved it: a rollback proves nothing for the next environment. */
  readonly kind: DeploymentKind
}

/** Newest first. */
export async function validationsIn(
  reads: Reads,
  slot: { readonly service: string; readonly environment: string },
  limit = 100,
): Promise<Validation[]> {
  return tables(reads)
    .selectFrom('validations')
    .innerJoin('deployments', 'deployments.id', 'validations.deployment')
    .selectAll('validations')
    .select(
      sql<DeploymentKind>`case when deployments.undoes is null then deployments.kind
        else 'rollback' end`.as('kind'),
    )
    .where('validations.service', '=', slot.service)
    .where('validations.environment', '=', slot.environment)
    .orderBy('validations.at', 'desc')
    .orderBy('validations.deployment', 'desc')
    .limit(Math.min(limit, PAGE_MAX))
    .execute()
}

export async function isValidatedIn(
  reads: Reads,
  slot: { readonly service: string; readonly environment: string },
  release: string,
): Promise<boolean> {
  const row = await tables(reads)
    .selectFrom('validations')
    .select('deployment')
    .where('service', '=', slot.service)
    .where('environment', '=', slot.environment)
    .where('release', '=', release)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
