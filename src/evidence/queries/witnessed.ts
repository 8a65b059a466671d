/** What witnesses said of the newest checkpoint. */
import type { Database } from '#engine/sql.ts'

export async function keepWitnessed(
  database: Database,
  seen: {
    readonly epoch: number
    readonly size: number
    readonly note: string
    readonly now: number
  },
): Promise<void> {
  await database.query(
    'log.witnessed',
    `update log_epochs set witnessed = $3, witnessed_size = $2, witnessed_at = $4
     where epoch = $1 and witnessed_size <= $2`,
    [seen.epoch, seen.size, seen.note, new Date(seen.now)],
  )
}
