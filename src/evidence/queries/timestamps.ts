/** What timestamp authorities said of checkpoints. */
import type { Reads } from '#engine/sql.ts'
import type { Timestamping } from '../ports/timestamps.ts'
import type { TimestampRow } from '../views/timestamps.ts'

export type { TimestampRow } from '../views/timestamps.ts'

const table = (reads: Reads) =>
  reads.withTables<{ timestamps: TimestampRow }>().selectFrom('timestamps')

export async function lastTimestamp(
  reads: Reads,
  authority: string,
): Promise<TimestampRow | undefined> {
  return table(reads)
    .selectAll()
    .where('authority', '=', authority)
    .orderBy('epoch', 'desc')
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Those of an epoch that are about trees of more than `above` entries, smallest first. */
export async function timestampsIn(
  reads: Reads,
  of: { readonly epoch: number; readonly above: number; readonly limit: number },
): Promise<TimestampRow[]> {
  return table(reads)
    .selectAll()
    .where('epoch', '=', of.epoch)
    .where('size', '>', of.above)
    .orderBy('size')
    .orderBy('authority')
    .limit(of.limit)
    .execute()
}

export interface LastSeen {
  readonly authority: string
  /** Null: nothing yet. */
  readonly size: number | null
  readonly at: number | null
  readonly isOverdue: boolean
}

/** Asked for once and once more without an answer: somebody should look. */
const OVERDUE_PERIODS = 2

export async function timestampsOf(
  reads: Reads,
  timestamping: Timestamping | undefined,
  now: number,
): Promise<readonly LastSeen[]> {
  const { authorities = [], everyMs = 0 } = timestamping ?? {}
  return Promise.all(
    authorities.map(async ({ name: authority }) => {
      const last = await lastTimestamp(reads, authority)
      const isOverdue = now - (last?.seenAt ?? 0) > OVERDUE_PERIODS * everyMs
      return { authority, size: last?.size ?? null, at: last?.seenAt ?? null, isOverdue }
    }),
  )
}
