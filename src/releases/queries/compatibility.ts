/** What other rooms ask about compatibility: which releases still work with what is applied. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import {
  type FloorQuestion,
  isBelow,
  type LinedRelease,
  type RollbackFloor,
  rollbackFloor,
} from '../compatibility/floor.ts'
import type { ReleaseRow } from '../views.ts'

export type { RollbackFloor } from '../compatibility/floor.ts'

export interface FloorStanding {
  /** Undefined: everything applied leaves every release working. */
  readonly floor: RollbackFloor | undefined
  isBelow(release: string): boolean
}

/** A rollback goes a few releases back; whoever is further back than this is below any floor. */
const LINE_MAX = 500

export async function floorsOf(
  reads: Reads,
  { service, applied }: { readonly service: string } & Pick<FloorQuestion, 'applied'>,
): Promise<(about: Pick<FloorQuestion, 'unknownIsUnsafe'>) => FloorStanding> {
  const line = await lineOf(reads, service)
  return ({ unknownIsUnsafe }) => {
    const floor = rollbackFloor({ line, applied, unknownIsUnsafe })
    return { floor, isBelow: (release) => isBelow(line, floor, release) }
  }
}

/** Oldest first. The instants of a service's releases are in the order of their commits. */
export async function lineOf(reads: Reads, service: string): Promise<readonly LinedRelease[]> {
  const newestFirst = await reads
    .withTables<{ releases: ReleaseRow }>()
    .selectFrom('releases')
    .select(['release', 'version', 'compatibility'])
    // Steps are long, and the first of them is the worst.
    .select(
      sql<LinedRelease['schema']>`case when schema is null then null else jsonb_build_object(
        'counts', schema->'counts',
        'steps', jsonb_path_query_array(schema->'steps', '$[0]')) end`.as('schema'),
    )
    .where('service', '=', service)
    .orderBy('createdAt', 'desc')
    .orderBy('release')
    .limit(LINE_MAX)
    .execute()
  return newestFirst.reverse()
}
