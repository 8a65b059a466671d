/**
 * How much disk a job uses, looked at while it runs: no file system can be relied upon to bound a
 * folder. What is written between two looks is not prevented, so an end comes with a last look.
 */
import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { SYSTEM_PATH } from './environment.ts'
import { findTool } from './executors/supervisor.ts'

const LOOK_MS = 500
/** A look may cost this share of the time, however many files there are. */
const SHARE = 0.1
const BLOCK_BYTES = 1024

export interface DiskWatch {
  /** Aborted when it is more than allowed. */
  readonly over: AbortSignal
  /** Looks for the last time; whether it was ever too much. */
  end(): Promise<boolean>
}

/** Whether there is anything to look with. */
export const canWatchDisk = (): boolean => findTool('du', SYSTEM_PATH) !== undefined

export function watchDisk(folder: string, bytesMax: number): DiskWatch {
  const over = new AbortController()
  const stop = new AbortController()
  const look = async () => {
    const used = await usedIn(folder)
    if (used !== undefined && used > bytesMax) over.abort()
  }
  const lookOn = async () => {
    while (!stop.signal.aborted && !over.signal.aborted) {
      const startedAt = performance.now()
      await look()
      const pauseMs = Math.max(LOOK_MS, (performance.now() - startedAt) / SHARE)
      await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const looking = lookOn()
  return {
    over: over.signal,
    async end() {
      stop.abort()
      await looking
      if (!over.signal.aborted) await look()
      return over.signal.aborted
    },
  }
}

/** Of one file system, files that have several names counted once. */
async function usedIn(folder: string): Promise<number | undefined> {
  const du = findTool('du', SYSTEM_PATH)
  if (du === undefined) return undefined
  const said = await promisify(execFile)(du, ['-skx', folder]).catch(
    // What vanishes under its eyes it complains of, and counts the rest.
    (error: unknown) => error as { readonly stdout?: string },
  )
  const [, blocks] = /^(\d+)\s/.exec(said.stdout ?? '') ?? []
  return blocks === undefined ? undefined : Number(blocks) * BLOCK_BYTES
}
