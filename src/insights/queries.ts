/** Narrow questions: reviews of a window, and which releases hold a commit. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { ReviewFact } from './reviews.ts'
import type { ChangeFactRow } from './views.ts'

export interface Window {
  readonly service?: string | undefined
  readonly from: number
  readonly to: number
}

/** Facts of a year of a large organisation; a wider question gets the newest of them. */
const FACTS_MAX = 400_000

const tables = (reads: Reads) => reads.withTables<{ change_facts: ChangeFactRow }>()

/** Reviews that fell due inside the window, newest first. */
export async function reviewFacts(reads: Reads, at: Window): Promise<ReviewFact[]> {
  const own = at.service === undefined ? sql`true` : sql`r.service = ${at.service}`
  const { rows } = await sql<ReviewFact>`
    select r.id as emergency, r."dueAt", d.at as "doneAt"
    from reviews r left join emergency_reviews_done d on d.emergency = r.id
    where r."dueAt" >= ${new Date(at.from)} and r."dueAt" < ${new Date(at.to)} and ${own}
    order by r."dueAt" desc limit ${FACTS_MAX}`.execute(reads)
  return rows
}

/** Releases that contain the commit. */
export async function releasesWith(reads: Reads, sha: string): Promise<string[]> {
  const rows = await tables(reads)
    .selectFrom('change_facts')
    .select('release')
    .where('sha', '=', sha)
    .orderBy('released_at')
    .limit(100)
    .execute()
  return rows.map(({ release }) => release)
}
