/** What the other rooms ask the catalog. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { EnvironmentSpec, ServiceSpec } from './events.ts'
import type { BranchRow, CommitRow, EnvironmentRow, ServiceRow } from './views.ts'

export type { BranchRow, CommitRow } from './views.ts'

const tables = (reads: Reads) =>
  reads.withTables<{
    services: ServiceRow
    environments: EnvironmentRow
    commits: CommitRow
    branches: BranchRow
  }>()

/** A thousand services is the size we are made for; ten times that still answers. */
const SERVICES_MAX = 10_000

export async function serviceNamed(reads: Reads, name: string): Promise<ServiceSpec | undefined> {
  const row = await tables(reads)
    .selectFrom('services')
    .select('spec')
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.spec
}

export async function services(reads: Reads): Promise<ServiceSpec[]> {
  const rows = await tables(reads)
    .selectFrom('services')
    .select('spec')
    .orderBy('name')
    .limit(SERVICES_MAX)
    .execute()
  return rows.map((row) => row.spec)
}

export async function servicesOf(
  reads: Reads,
  repository: string,
  branch: string,
): Promise<ServiceSpec[]> {
  const rows = await tables(reads)
    .selectFrom('services')
    .select('spec')
    .where('repository', '=', repository)
    .where('branch', '=', branch)
    .orderBy('name')
    .execute()
  return rows.map((row) => row.spec)
}

export async function environmentNamed(
  reads: Reads,
  name: string,
): Promise<EnvironmentSpec | undefined> {
  const row = await tables(reads)
    .selectFrom('environments')
    .select('spec')
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.spec
}

export async function environments(reads: Reads): Promise<EnvironmentSpec[]> {
  const rows = await tables(reads)
    .selectFrom('environments')
    .select('spec')
    .orderBy('name')
    .limit(SERVICES_MAX)
    .execute()
  return rows.map((row) => row.spec)
}

/**
 * Commits whose hash begins so; seven characters at least, as git itself shows them. Each once, as
 * the branch shows it that had it first.
 */
export async function commitNamed(reads: Reads, shaPrefix: string): Promise<CommitRow[]> {
  if (!/^[0-9a-f]{7,40}$/.test(shaPrefix)) return []
  return commitsOnce(reads)
    .where('sha', '>=', shaPrefix)
    .where('sha', '<=', `${shaPrefix}g`)
    .limit(20)
    .execute()
}

/** Each once, as the branch shows it that had it first. */
export async function commitsOf(
  reads: Reads,
  repository: string,
  shas: readonly string[],
): Promise<CommitRow[]> {
  if (shas.length === 0) return []
  return commitsOnce(reads)
    .where('repository', '=', repository)
    .where('sha', 'in', [...shas])
    .execute()
}

const commitsOnce = (reads: Reads) =>
  tables(reads)
    .selectFrom('commits')
    .distinctOn(['repository', 'sha'])
    .selectAll()
    .orderBy('repository')
    .orderBy('sha')
    .orderBy('pushed_at')
    .orderBy('branch')

/** When the branch first had the commit; undefined when it never did. */
export async function pushedAt(
  reads: Reads,
  at: { readonly repository: string; readonly branch: string; readonly sha: string },
): Promise<number | undefined> {
  const row = await tables(reads)
    .selectFrom('commits')
    .select('pushed_at')
    .where('repository', '=', at.repository)
    .where('branch', '=', at.branch)
    .where('sha', '=', at.sha)
    .executeTakeFirst()
  return row?.pushed_at
}

/** The branches of a repository that were pushed. */
export async function branchesOf(reads: Reads, repository: string): Promise<BranchRow[]> {
  return tables(reads)
    .selectFrom('branches')
    .selectAll()
    .where('repository', '=', repository)
    .orderBy('branch')
    .limit(1_000)
    .execute()
}

/** What was pushed to the branch after an instant, newest first. */
export async function commitsPushedAfter(
  reads: Reads,
  at: { readonly repository: string; readonly branch: string; readonly after: number },
): Promise<CommitRow[]> {
  return tables(reads)
    .selectFrom('commits')
    .selectAll()
    .where('repository', '=', at.repository)
    .where('branch', '=', at.branch)
    .where(sql<boolean>`pushed_at > ${new Date(at.after)}`)
    .orderBy('pushed_at', 'desc')
    .limit(2_000)
    .execute()
}
