/**
 * Gathers what refers to the artifacts of one service. Asked to show it, and again in the
 * transaction that prunes one: one question after another, as a transaction has one connection.
 */
import { sql } from 'kysely'
import type { Reference } from '#artifacts/events.ts'
import { completeArtifacts } from '#artifacts/queries.ts'
import { serviceNamed } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { evidenceMs } from '#gates/queries.ts'
import { Fault } from '#kernel/fault.ts'
import { decidedArtifacts, releaseArtifacts, releasesOf } from '#releases/queries.ts'
import { slotRows } from '../queries.ts'
import { type ReferringFacts, type ReferringSlot, referencesIn } from '../references.ts'
import type { DeploymentRow } from '../views/deployments.ts'
import type { ReleasePlanRow } from '../views/plans.ts'
import type { PromotionRow } from '../views/promotions.ts'
import type { ValidationRow } from '../views/slots.ts'
import type { VectorRow } from '../views/vectors.ts'
import { isVetoed } from './facts.ts'
import { windowOf } from './rollback-facts.ts'

/**
 * Ten releases a day in five environments for a year. Whoever sees less than all of them would
 * throw away too much, so more is a fault.
 */
const ROWS_MAX = 20_000

const tables = (reads: Reads) =>
  reads.withTables<{
    deployments: DeploymentRow
    promotions: PromotionRow
    validations: ValidationRow
    vectors: VectorRow
    release_plans: ReleasePlanRow
  }>()

export async function referencesTo(
  reads: Reads,
  service: string,
  now: number,
): Promise<readonly Reference[]> {
  const known = await releaseArtifacts(reads, service, ROWS_MAX + 1)
  const releases = new Map(whole(known).map((each) => [each.release, each]))
  const slots = await slotRows(reads, { service })
  const warm = slots.flatMap(({ state }) => (state.warm === undefined ? [] : [state.warm]))
  const facts: ReferringFacts = {
    slots: await slotsIn(reads, service, slots, releases),
    moving: await moving(
      reads,
      service,
      warm.map(({ deployment }) => deployment),
    ),
    waiting: await waiting(reads, service, releases),
    vectors: await vectorsWith(reads, service),
    cited: await cited(reads, service),
    newest: (await releasesOf(reads, service, 1)).map(({ artifact, version }) => {
      return { artifact, by: `${version} is the newest release of ${service}` }
    }),
    undecided: await undecided(reads, service),
  }
  return referencesIn(facts, now)
}

type Releases = ReadonlyMap<string, { readonly artifact: string; readonly vetoes: string[] }>

async function slotsIn(
  reads: Reads,
  service: string,
  rows: Awaited<ReturnType<typeof slotRows>>,
  releases: Releases,
): Promise<ReferringSlot[]> {
  const validated = await tables(reads)
    .selectFrom('validations')
    .select(['environment', 'release', 'artifact'])
    .select(({ fn }) => fn.max<number>('at').as('at'))
    .where('service', '=', service)
    .groupBy(['environment', 'release', 'artifact'])
    .orderBy('at', 'desc')
    .limit(ROWS_MAX + 1)
    .execute()
  const stood = Map.groupBy(whole(validated), ({ environment }) => environment)
  const slots: ReferringSlot[] = []
  for (const { id, environment, state } of rows)
    slots.push({
      slot: id,
      holds: [state.settled, state.validated].filter((one) => one !== null),
      window: await windowOf(reads, service, environment),
      stood: (stood.get(environment) ?? []).map(({ release, artifact, at }) => {
        const of = releases.get(release)
        return { release, artifact, at, isVetoed: of === undefined || isVetoed(of, environment) }
      }),
    })
  return slots
}

async function moving(reads: Reads, service: string, warm: readonly string[]) {
  const rows = await tables(reads)
    .selectFrom('deployments')
    .select(['id', 'artifact', 'returnPoint', 'environment'])
    .where('service', '=', service)
    .where((is) =>
      is.or([is('status', '!=', 'finished'), ...(warm.length > 0 ? [is('id', 'in', warm)] : [])]),
    )
    .limit(ROWS_MAX + 1)
    .execute()
  return whole(rows).flatMap(({ id, artifact, returnPoint, environment }) => {
    const by = `${id} in ${environment}`
    const back = returnPoint === null ? [] : [{ artifact: returnPoint.artifact, by }]
    return [{ artifact, by }, ...back]
  })
}

async function waiting(reads: Reads, service: string, releases: Releases) {
  const promotions = await tables(reads)
    .selectFrom('promotions')
    .select(['id', 'release'])
    .where('service', '=', service)
    .where('status', '!=', 'ended')
    .limit(ROWS_MAX + 1)
    .execute()
  const plans = await tables(reads)
    .selectFrom('release_plans')
    .select(['id', 'state'])
    .where('status', '!=', 'ended')
    .limit(ROWS_MAX + 1)
    .execute()
  const planned = whole(plans).flatMap(({ id, state }) =>
    state.spec.items.map(({ release }) => ({ id, release })),
  )
  return [...whole(promotions), ...planned].flatMap(({ id, release }) => {
    const artifact = releases.get(release)?.artifact
    return artifact === undefined ? [] : [{ artifact, by: `${id} waits for it` }]
  })
}

async function vectorsWith(reads: Reads, service: string) {
  const rows = await tables(reads)
    .selectFrom('vectors')
    .select(['environment', 'digest', 'validatedAt', 'members'])
    .select(
      sql<boolean>`row_number() over (partition by environment order by "validatedAt" desc) = 1`.as(
        'isNewest',
      ),
    )
    .orderBy('validatedAt', 'desc')
    .limit(ROWS_MAX + 1)
    .execute()
  return whole(rows).flatMap(({ environment, validatedAt: at, members, isNewest }) =>
    members
      .filter((member) => member.service === service)
      .map(({ artifact }) => ({ artifact, at, isNewest, by: `ran together in ${environment}` })),
  )
}

async function cited(reads: Reads, service: string) {
  const rows = await tables(reads)
    .selectFrom('deployments')
    .select(['artifact', 'environment', 'tier'])
    .select(({ fn }) => fn.max<number>('since').as('at'))
    .where('service', '=', service)
    .where('environmentKind', '=', 'production')
    .groupBy(['artifact', 'environment', 'tier'])
    .limit(ROWS_MAX + 1)
    .execute()
  return whole(rows).map(({ artifact, environment, tier, at }) => {
    return { artifact, at, keptMs: evidenceMs(tier), by: `evidence of what ${environment} ran` }
  })
}

/** Of other branches nothing is ever released. */
async function undecided(reads: Reads, service: string) {
  const branch = (await serviceNamed(reads, service))?.source.branch
  if (branch === undefined) return []
  const complete = whole(await completeArtifacts(reads, { service, branch }, ROWS_MAX + 1))
  const decided = await decidedArtifacts(reads, complete)
  return complete
    .filter((artifact) => !decided.has(artifact))
    .map((artifact) => ({ artifact, by: 'it may yet become a release' }))
}

function whole<T>(rows: readonly T[]): readonly T[] {
  if (rows.length <= ROWS_MAX) return rows
  throw new Fault('retention.too-much', `More than ${ROWS_MAX} things may refer to artifacts.`, {
    remedy: 'Nothing was pruned. End promotions and plans that nobody waits for any more.',
    retry: false,
  })
}
