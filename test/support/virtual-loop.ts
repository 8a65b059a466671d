/**
 * Runs reconcilers from the due table on a clock that jumps to when something is next due: hours of
 * waiting take no time, and the order of turns is always the same. Tests only.
 */
import { wake } from '#engine/due.ts'
import type { Reconciler } from '#engine/loop.ts'
import type { Database } from '#engine/sql.ts'

const DAY_MS = 86_400_000

export class VirtualClock {
  // A day ahead of the database's clock: what was woken "now" is due now.
  #now = Date.now() + DAY_MS

  readonly now = (): number => this.#now

  advanceTo(at: number): void {
    this.#now = Math.max(this.#now, at)
  }
}

interface DueRow {
  readonly kind: string
  readonly key: string
  readonly due_at: number
}

let fence = 0
/** Grows with every turn, as it does with every lease. */
export const nextFence = (): number => ++fence

/** The server was killed: whoever throws it is never seen to have failed. */
export class Killed extends Error {}

export async function runUntilQuiet(
  database: Database,
  reconcilers: () => readonly Reconciler[],
  clock: VirtualClock,
  forMs: number,
): Promise<void> {
  const end = clock.now() + forMs
  let loops = new Map(reconcilers().map((each) => [each.kind, each]))
  for (;;) {
    const [row] = await database.query<DueRow & Record<string, unknown>>(
      'test.due',
      `delete from due where (kind, key) =
         (select kind, key from due where due_at <= $1 order by due_at, kind, key limit 1)
       returning kind, key, due_at`,
      [new Date(end)],
    )
    if (row === undefined) break
    clock.advanceTo(row.due_at)
    const { kind, key } = row
    try {
      const turn = { fence: nextFence(), signal: new AbortController().signal }
      const next = await loops.get(kind)?.reconcile(key, turn)
      if (next) await wake(database.pool, [{ kind, key, at: next.at }])
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      // The next process finds the lease run out, and knows nothing of what this one remembered.
      loops = new Map(reconcilers().map((each) => [each.kind, each]))
      await wake(database.pool, [{ kind, key }])
    }
  }
  clock.advanceTo(end)
}
