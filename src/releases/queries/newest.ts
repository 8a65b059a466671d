/** The newest release of every service, without what makes it heavy. */
import type { Reads } from '#engine/sql.ts'
import { sql } from 'kysely'

export interface NewestRelease {
  readonly service: string
  readonly release: string
  readonly version: string
  readonly createdAt: number
}

/** More services than an organisation has. */
const SERVICES_MAX = 10_000

export async function newestReleases(reads: Reads): Promise<NewestRelease[]> {
  const { rows } = await sql<NewestRelease>`
    select distinct on (service) service, release, version, "createdAt" from releases
    order by service, "createdAt" desc, release limit ${SERVICES_MAX}`.execute(reads)
  return rows
}
