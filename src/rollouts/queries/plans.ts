/** What is asked of release plans, and what the next moves of one are made of. */
import { services } from '#catalog/queries.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { Reads } from '#engine/sql.ts'
import { releasesOf, type ReleaseRow } from '#releases/queries.ts'
import type { PlanSource, ReleasePlanSpec } from '../events/plans.ts'
import type { PlanWish } from '../plans/commands.ts'
import type { ItemFacts } from '../plans/moves.ts'
import { specOf } from '../plans/spec.ts'
import type { ItemState, ReleasePlan } from '../plans/state.ts'
import { promotionOf } from '../promotion.ts'
import { deploymentNamed, promotionNamed, type PromotionRow } from '../queries.ts'
import type { PlanMoverRow, ReleasePlanRow } from '../views/plans.ts'
import { slotFloor } from './floor.ts'

export type { ReleasePlanRow } from '../views/plans.ts'

const PAGE_MAX = 500
/** A promotion is followed by few. */
const MOVED_MAX = 100
/** Versions further back are not planned by name. */
const VERSIONS_MAX = 500

const tables = (reads: Reads) =>
  reads.withTables<{ release_plans: ReleasePlanRow; plan_movers: PlanMoverRow }>()

export async function releasePlanNamed(
  reads: Reads,
  id: string,
): Promise<ReleasePlanRow | undefined> {
  return tables(reads)
    .selectFrom('release_plans')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Newest first. */
export async function releasePlanRows(
  reads: Reads,
  at: { readonly environment?: string | undefined; readonly limit: number },
): Promise<ReleasePlanRow[]> {
  let query = tables(reads).selectFrom('release_plans').selectAll()
  if (at.environment !== undefined) query = query.where('environment', '=', at.environment)
  return query
    .orderBy('plannedAt', 'desc')
    .orderBy('id')
    .limit(Math.min(at.limit, PAGE_MAX))
    .execute()
}

/** Plans that wait for this promotion or this deployment. */
export async function plansMovedBy(reads: Reads, mover: string): Promise<readonly string[]> {
  const rows = await tables(reads)
    .selectFrom('plan_movers')
    .select('plan')
    .where('mover', '=', mover)
    .limit(MOVED_MAX)
    .execute()
  return rows.map(({ plan }) => plan)
}

/** The wish with everything that it leaves open filled in as it is now. */
export async function planSpec(
  reads: Reads,
  wish: PlanWish,
  source: PlanSource,
): Promise<ReleasePlanSpec | Rejection> {
  const all = new Map((await services(reads)).map((spec) => [spec.name, spec.dependsOn]))
  const releases = new Map<string, ReleaseRow>()
  for (const { service, version } of wish.items) {
    const release = await releaseMeant(reads, service, version)
    if ('rejected' in release) return release
    releases.set(service, release)
  }
  return specOf({ wish, releases, source, dependsOn: (service) => all.get(service) ?? [] })
}

/** By version or id; the newest when none is named. */
async function releaseMeant(
  reads: Reads,
  service: string,
  ref: string | undefined,
): Promise<ReleaseRow | Rejection> {
  const rows = await releasesOf(reads, service, ref === undefined ? 1 : VERSIONS_MAX)
  const found = ref === undefined ? rows[0] : rows.find((row) => isCalled(row, ref))
  if (found !== undefined) return found
  const names = (await services(reads)).map(({ name }) => name)
  if (!names.includes(service)) {
    const close = nearest(service, names)
    const remedy = close === undefined ? 'Apply its manifest first.' : `Did you mean ${close}?`
    return reject('service.unknown', `There is no service ${service}.`, remedy)
  }
  const versions = rows.slice(0, 5).map(({ version }) => version)
  return reject(
    'release.unknown',
    ref === undefined ? `${service} has no release.` : `${service} has no release ${ref}.`,
    versions.length === 0 ? 'Push a commit that makes one.' : `Newest: ${versions.join(', ')}.`,
  )
}

const isCalled = ({ release, version }: ReleaseRow, ref: string) =>
  release === ref || version === ref

/** Only what the items' states make of interest is looked up. */
export async function itemFacts(
  reads: Reads,
  state: ReleasePlan,
): Promise<Readonly<Record<string, ItemFacts>>> {
  if (state.status !== 'running') return {}
  const facts: Record<string, ItemFacts> = {}
  for (const { service } of state.spec.items) {
    const item = state.items[service]
    if (item === undefined) continue
    const place = { service, environment: state.spec.environment }
    const isToGoBack = state.undoing.includes(service)
    facts[service] = await factsOf(reads, item, place, isToGoBack)
  }
  return facts
}

async function factsOf(
  reads: Reads,
  item: ItemState,
  place: { readonly service: string; readonly environment: string },
  isToGoBack: boolean,
): Promise<ItemFacts> {
  if (item.status === 'started') {
    const row = await promotionNamed(reads, item.promotion)
    if (row === undefined) return {}
    const { status, outcome, reason, deployment } = row
    const progress = status === 'started' ? `${deployment ?? ''} is on its way.` : waitsFor(row)
    return { promotion: { status, outcome, reason: reason ?? '', progress } }
  }
  if (item.status === 'undoing') {
    const row = await deploymentNamed(reads, item.undo)
    if (row === undefined) return forwardUndo(reads, item.undo)
    return { undo: { outcome: row.outcome, reason: row.reason ?? '' } }
  }
  if (item.status !== 'succeeded' || !isToGoBack || item.before === null) return {}
  const floor = (await slotFloor(reads, place)).below(item.before.release)
  if (floor === undefined) return {}
  const { version } = item.before
  return { noReturn: `${version} is below the rollback floor, ${floor.version}. ${floor.why}` }
}

/** The promotion that goes back, before it has become the deployment that was named for it. */
async function forwardUndo(reads: Reads, deployment: string): Promise<ItemFacts> {
  const row = await promotionNamed(reads, promotionOf(deployment))
  if (row === undefined) return {}
  const progress = `It goes back by ${row.id}, out of the rollback window: ${waitsFor(row)}`
  return { undo: { outcome: row.outcome, reason: row.reason ?? '', progress } }
}

function waitsFor({ state }: PromotionRow): string {
  const unmet = state.verdict?.reasons.find((each) => each.state !== 'met')
  return unmet === undefined ? 'It is about to start.' : `${unmet.message} ${unmet.remedy}`
}
