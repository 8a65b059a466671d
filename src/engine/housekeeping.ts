/**
 * Forgets what is kept for a while only: idempotency keys older than any retry, and heartbeats of
 * runners long gone. Every process that reconciles does it; twice is harmless.
 */
import { forgetOld } from './idempotency.ts'
import type { Logger } from './log.ts'
import { forget } from './presence.ts'
import type { Database } from './sql.ts'

const EVERY_MS = 60 * 60 * 1000

/** Now, and every hour until the answer is called. */
export function keepHouse(database: Database, log: Logger): () => void {
  const clean = async () => {
    await forgetOld(database)
    await forget(database)
  }
  const tryClean = () =>
    void clean().catch((err: unknown) => log.warn({ err }, 'nothing was forgotten this time'))
  tryClean()
  const timer = setInterval(tryClean, EVERY_MS).unref()
  return () => clearInterval(timer)
}
