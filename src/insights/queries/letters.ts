/** What was put aside, the oldest first: in that order it is delivered. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'

/** As many as a person looks at; whoever delivers them sees the next ones. */
export const LETTERS_MAX = 200

export interface LetterTold {
  readonly message: string
  readonly kind: string
  readonly subject: string
  readonly reason: string
  readonly attempts: number
  readonly at: number
  readonly requested: boolean
}

export async function lettersOf(reads: Reads, sink: string): Promise<LetterTold[]> {
  const { rows } = await sql<LetterTold>`
    select message, kind, subject, reason, attempts, at, requested from sink_letters
    where sink = ${sink} order by at, stream, version, message limit ${LETTERS_MAX}`.execute(reads)
  return rows
}

export async function letterCounts(reads: Reads): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ sink: string; count: number }>`
    select sink, count(*)::int as count from sink_letters group by sink`.execute(reads)
  return new Map(rows.map(({ sink, count }) => [sink, count]))
}

/** Those that a person wishes to have delivered. */
export async function requestedOf(
  reads: Reads,
  sink: string,
): Promise<readonly { readonly letter: string }[]> {
  const { rows } = await sql<{ letter: string }>`
    select letter from sink_letters where sink = ${sink} and requested
    order by at, stream, version, message limit ${LETTERS_MAX}`.execute(reads)
  return rows
}
