/**
 * How two releases of one service stand to each other by descent, as git would say it: what lies
 * behind what. When either was built, or somebody started something, says nothing about that.
 */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { Relation } from '../events.ts'
import type { ReleaseRow } from '../views.ts'

type Known = Pick<ReleaseRow, 'release' | 'createdAt'>

export async function relationOf(reads: Reads, one: Known, other: Known): Promise<Relation> {
  if (one.release === other.release) return 'same'
  // Nothing contains what was made after it: a service's releases are made in an order that holds.
  const [before, after] = one.createdAt < other.createdAt ? [one, other] : [other, one]
  const { rows } = await sql<{ found: boolean }>`
    with recursive line as (
      select release, previous, merges from releases where release = ${after.release}
      union
      select behind.release, behind.previous, behind.merges
      from line cross join lateral unnest(array_prepend(line.previous, line.merges)) as at (parent)
        join releases as behind on behind.release = at.parent
      where behind."createdAt" >= ${new Date(before.createdAt)})
    select exists (select from line where release = ${before.release}) as found`.execute(reads)
  if (rows[0]?.found !== true) return 'apart'
  return after === one ? 'newer' : 'older'
}
