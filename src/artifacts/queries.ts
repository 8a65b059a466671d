/** What is asked of artifacts. */
import type { Reads } from '#engine/sql.ts'
import type { Reference } from './events.ts'
import type { ArtifactRow } from './views.ts'

export type { ArtifactRow } from './views.ts'

/** Filled by rooms above: what refers to artifacts of a service, all of it. */
export type ReferencesTo = (
  reads: Reads,
  service: string,
  now: number,
) => Promise<readonly Reference[]>

const tables = (reads: Reads) => reads.withTables<{ artifacts: ArtifactRow }>()

export async function artifactNamed(
  reads: Reads,
  digest: string,
): Promise<ArtifactRow | undefined> {
  return tables(reads)
    .selectFrom('artifacts')
    .selectAll()
    .where('digest', '=', digest)
    .executeTakeFirst()
}

/** Newest first. */
export async function artifacts(
  reads: Reads,
  at: { readonly service?: string | undefined; readonly limit: number },
): Promise<ArtifactRow[]> {
  let query = tables(reads).selectFrom('artifacts').selectAll()
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  return query.orderBy('published_at', 'desc').limit(Math.min(at.limit, 500)).execute()
}

export async function artifactsOfCommit(reads: Reads, sha: string): Promise<ArtifactRow[]> {
  return tables(reads)
    .selectFrom('artifacts')
    .selectAll()
    .where('sha', '=', sha)
    .orderBy('published_at')
    .limit(100)
    .execute()
}

/** Whose hash begins so; seven digits at least, as people cut them. */
export async function artifactsBeginning(reads: Reads, hash: string): Promise<ArtifactRow[]> {
  if (!/^[0-9a-f]{7,64}$/.test(hash)) return []
  return tables(reads)
    .selectFrom('artifacts')
    .selectAll()
    .where('digest', '>=', `sha256:${hash}`)
    .where('digest', '<=', `sha256:${hash}g`)
    .orderBy('digest')
    .limit(20)
    .execute()
}

/** Digests of those that may become releases of a branch. */
export async function completeArtifacts(
  reads: Reads,
  { service, branch }: { readonly service: string; readonly branch: string },
  limit: number,
): Promise<string[]> {
  const rows = await tables(reads)
    .selectFrom('artifacts')
    .select('digest')
    .where('service', '=', service)
    .where('branch', '=', branch)
    .where('complete', '=', true)
    .limit(limit)
    .execute()
  return rows.map(({ digest }) => digest)
}

/** Whose bytes are there, oldest first: one, all of a service, or the first of all services. */
export async function keptArtifacts(
  reads: Reads,
  at: {
    readonly service?: string | undefined
    readonly digest?: string | undefined
    readonly limit: number
  },
): Promise<ArtifactRow[]> {
  let query = tables(reads).selectFrom('artifacts').selectAll().where('pruned_at', 'is', null)
  query = query.where('elsewhere', 'is', null)
  if (at.digest !== undefined) query = query.where('digest', '=', at.digest)
  if (at.service !== undefined) query = query.where('service', '=', at.service)
  return query.orderBy('published_at').orderBy('digest').limit(at.limit).execute()
}

/** Pruned, and their bytes are still there; the longest pruned first. */
export async function prunedArtifacts(reads: Reads, limit: number): Promise<ArtifactRow[]> {
  return tables(reads)
    .selectFrom('artifacts')
    .selectAll()
    .where('pruned_at', 'is not', null)
    .where('removed_at', 'is', null)
    .orderBy('pruned_at')
    .orderBy('digest')
    .limit(limit)
    .execute()
}
