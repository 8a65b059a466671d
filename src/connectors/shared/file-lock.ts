/**
 * A lock that several processes respect and that a killed one cannot leave behind. Node has no
 * flock, and a lock made of "create if absent" outlives its holder; guessing from a process id who
 * is dead is wrong across containers. An exclusive SQLite transaction on an empty file is a kernel
 * lock underneath: it ends with the process that holds it. The file never holds data.
 */
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '#kernel/fault.ts'
import { Turns } from './turns.ts'

/** SQLite's word for "somebody else has it". */
const SQLITE_BUSY = 5
/** Long enough to cost nothing, short enough that nobody notices the wait. */
const POLL_MS = 15

const turns = new Turns()

/**
 * Runs the work while nobody else, in any process on this machine, runs work under the same file.
 * Waits at most `waitMs` for other processes, then throws what `busy` makes.
 */
export function withFileLock<T>(
  file: string,
  wait: { readonly waitMs: number; readonly busy: () => Fault },
  work: () => Promise<T>,
): Promise<T> {
  return turns.run(file, async () => {
    // Closing the database ends its transaction, and so the lock.
    const lock = new DatabaseSync(file, { timeout: 0 })
    try {
      const deadline = performance.now() + wait.waitMs
      while (!take(lock)) {
        if (performance.now() > deadline) throw wait.busy()
        await sleep(POLL_MS)
      }
      return await work()
    } finally {
      lock.close()
    }
  })
}

function take(lock: DatabaseSync): boolean {
  try {
    // No journal file beside the lock: there is nothing to roll back.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false
    throw error
  }
}
