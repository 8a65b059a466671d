/** What other rooms ask of releases and freezes. */
import type { Reads } from '#engine/sql.ts'
import { sql } from 'kysely'
import type { ReleasedCommit } from './events.ts'
import type { Tier } from '#catalog/events.ts'
import { freezesTier } from './calendar/scope.ts'
import { freezesPlace } from './freeze.ts'
import { releasesBetween } from './release-line.ts'
import type { FreezeRow, PassedOverRow, ReleaseRow } from './views.ts'

export type { FreezeRow, PassedOverRow, ReleaseRow } from './views.ts'

const tables = (reads: Reads) =>
  reads.withTables<{ releases: ReleaseRow; passed_over: PassedOverRow; freezes: FreezeRow }>()

const PAGE_MAX = 500
const SERVICES_MAX = 10_000
/** Services that are all at 1.0.0; whoever asks for one of them will say which. */
const SAME_VERSION_MAX = 50
/** Ten releases a day for three years; only names and links are read. */
const LINE_MAX = 10_000

export async function releaseNamed(reads: Reads, id: string): Promise<ReleaseRow | undefined> {
  return tables(reads)
    .selectFrom('releases')
    .selectAll()
    .where('release', '=', id)
    .executeTakeFirst()
}

/** Newest first. */
export async function releasesOf(
  reads: Reads,
  service: string,
  limit: number,
): Promise<ReleaseRow[]> {
  return tables(reads)
    .selectFrom('releases')
    .selectAll()
    .where('service', '=', service)
    .orderBy('createdAt', 'desc')
    .orderBy('release')
    .limit(Math.min(limit, PAGE_MAX))
    .execute()
}

/** Releases after that instant, oldest first, without what makes them heavy; null: all. */
export async function releasesAfter(
  reads: Reads,
  service: string,
  createdAt: number | null,
): Promise<Pick<ReleaseRow, 'release' | 'version' | 'sha' | 'createdAt' | 'vetoes'>[]> {
  return tables(reads)
    .selectFrom('releases')
    .select(['release', 'version', 'sha', 'createdAt', 'vetoes'])
    .where('service', '=', service)
    .where(sql<boolean>`"createdAt" > ${new Date(createdAt ?? 0)}`)
    .orderBy('createdAt')
    .limit(PAGE_MAX)
    .execute()
}

/** With a commit that names the ticket, newest first. */
export async function releasesNaming(
  reads: Reads,
  ticket: string,
  limit: number,
): Promise<ReleaseRow[]> {
  return tables(reads)
    .selectFrom('releases')
    .selectAll()
    .where(sql<boolean>`commits @> ${JSON.stringify([{ tickets: [ticket] }])}::jsonb`)
    .orderBy('createdAt', 'desc')
    .limit(limit)
    .execute()
}

/** By version, by tag, or by `service@version`: what people call a release. Newest first. */
export async function releasesOfVersion(reads: Reads, called: string): Promise<ReleaseRow[]> {
  const at = called.indexOf('@')
  const [service, version] = [called.slice(0, Math.max(at, 0)), called.slice(at + 1)]
  return tables(reads)
    .selectFrom('releases')
    .selectAll()
    .where((where) =>
      where.or([
        where('version', '=', called),
        where('tag', '=', called),
        where.and([where('service', '=', service), where('version', '=', version)]),
      ]),
    )
    .orderBy('createdAt', 'desc')
    .limit(SAME_VERSION_MAX)
    .execute()
}

type Heavy =
  | 'commits'
  | 'commitsCut'
  | 'changelog'
  | 'vetoDetails'
  | 'schema'
  | 'compatibility'
  | 'notes'
export type ReleaseHead = Omit<ReleaseRow, Heavy>

/** A page of releases without what makes them heavy, newest first. */
export async function releaseHeads(
  reads: Reads,
  at: { readonly service?: string | undefined; readonly limit: number },
): Promise<ReleaseHead[]> {
  let query = tables(reads)
    .selectFrom('releases')
    .select(['release', 'service', 'version', 'tag', 'artifact', 'repository', 'sha', 'run'])
    .select(['previous', 'merges', 'commitCount', 'createdAt', 'vetoes'])
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  return query
    .orderBy('createdAt', 'desc')
    .orderBy('release')
    .limit(Math.min(at.limit, PAGE_MAX))
    .execute()
}

/** Names of the services that have a release. */
export async function releasedServices(reads: Reads): Promise<string[]> {
  const rows = await tables(reads)
    .selectFrom('releases')
    .select('service')
    .distinct()
    .orderBy('service')
    .limit(SERVICES_MAX)
    .execute()
  return rows.map(({ service }) => service)
}

/** All commits of every release in (after..upTo], oldest first; `after` null: from the first. */
export async function commitsBetween(
  reads: Reads,
  service: string,
  after: string | null,
  upTo: string,
): Promise<ReleasedCommit[]> {
  const { between } = await lineOf(reads, service, after, upTo)
  if (between.length === 0) return []
  const rows = await tables(reads)
    .selectFrom('releases')
    .select(['release', 'commits'])
    .where('release', 'in', [...between])
    .execute()
  const commitsOf = new Map(rows.map(({ release, commits }) => [release, commits]))
  return between.flatMap((release) => commitsOf.get(release) ?? [])
}

/** Whether `commitsBetween` holds all there are; else nobody can say who wrote none of them. */
export async function areCommitsKnown(
  reads: Reads,
  service: string,
  after: string | null,
  upTo: string,
): Promise<boolean> {
  const { between, isWhole } = await lineOf(reads, service, after, upTo)
  if (!isWhole) return false
  if (between.length === 0) return true
  const cut = await tables(reads)
    .selectFrom('releases')
    .select('release')
    .where('release', 'in', [...between])
    .where('commitsCut', '=', true)
    .limit(1)
    .executeTakeFirst()
  return cut === undefined
}

async function lineOf(reads: Reads, service: string, after: string | null, upTo: string) {
  // Asked at every look at a promotion: no more of each than what links them.
  const links = await tables(reads)
    .selectFrom('releases')
    .select(['release', 'previous', 'merges'])
    .where('service', '=', service)
    .orderBy('createdAt', 'desc')
    .limit(LINE_MAX)
    .execute()
  const isSeen = links.some(({ release }) => release === after)
  const isWhole = links.length < LINE_MAX || isSeen
  return { between: releasesBetween(links, after, upTo), isWhole }
}

export type LinkedRelease = Pick<
  ReleaseRow,
  'release' | 'previous' | 'merges' | 'version' | 'sha' | 'repository' | 'createdAt'
>

/** What descends from what, of the newest releases of a service; newest first. */
export async function linkedReleases(reads: Reads, service: string): Promise<LinkedRelease[]> {
  return tables(reads)
    .selectFrom('releases')
    .select(['release', 'previous', 'merges', 'version', 'sha', 'repository', 'createdAt'])
    .where('service', '=', service)
    .orderBy('createdAt', 'desc')
    .limit(LINE_MAX)
    .execute()
}

/** What each release of a service is made of. */
export async function releaseArtifacts(
  reads: Reads,
  service: string,
  limit: number,
): Promise<Pick<ReleaseRow, 'release' | 'artifact' | 'vetoes'>[]> {
  return tables(reads)
    .selectFrom('releases')
    .select(['release', 'artifact', 'vetoes'])
    .where('service', '=', service)
    .limit(limit)
    .execute()
}

/** Of these artifacts, those that became a release or were passed over. */
export async function decidedArtifacts(
  reads: Reads,
  artifacts: readonly string[],
): Promise<ReadonlySet<string>> {
  if (artifacts.length === 0) return new Set()
  const [released, passedOver] = await Promise.all([
    tables(reads)
      .selectFrom('releases')
      .select('artifact')
      .where('artifact', 'in', [...artifacts])
      .execute(),
    tables(reads)
      .selectFrom('passed_over')
      .select('artifact')
      .where('artifact', 'in', [...artifacts])
      .execute(),
  ])
  return new Set([...released, ...passedOver].map(({ artifact }) => artifact))
}

/** Newest first. */
export async function passedOver(
  reads: Reads,
  service: string,
  limit: number,
): Promise<PassedOverRow[]> {
  return tables(reads)
    .selectFrom('passed_over')
    .selectAll()
    .where('service', '=', service)
    .orderBy('at', 'desc')
    .limit(Math.min(limit, PAGE_MAX))
    .execute()
}

/** Freezes that cover the slot now. */
interface FrozenPlace {
  readonly service: string
  readonly environment: string
  readonly tier: Tier
}

export async function freezesFor(
  reads: Reads,
  place: FrozenPlace & { readonly now: number },
): Promise<FreezeRow[]> {
  return (await freezesByPlace(reads, place.now))(place)
}

/** The same, asked for before it is known where. */
export async function freezesByPlace(
  reads: Reads,
  now: number,
): Promise<(place: FrozenPlace) => FreezeRow[]> {
  const standing = await freezes(reads, { endsAfter: now, lifted: false })
  return (place) =>
    standing.filter((each) => freezesPlace(each, place, now) && freezesTier(each, place))
}

export async function freezes(
  reads: Reads,
  at: { readonly endsAfter: number; readonly lifted: boolean },
): Promise<FreezeRow[]> {
  let query = tables(reads)
    .selectFrom('freezes')
    .selectAll()
    .where(sql<boolean>`"endsAt" > ${new Date(at.endsAfter)}`)
  if (!at.lifted) query = query.where('liftedAt', 'is', null)
  return query.orderBy('startsAt').orderBy('freeze').limit(PAGE_MAX).execute()
}

export async function freezeNamed(reads: Reads, name: string): Promise<FreezeRow | undefined> {
  return tables(reads)
    .selectFrom('freezes')
    .selectAll()
    .where('freeze', '=', name)
    .executeTakeFirst()
}
