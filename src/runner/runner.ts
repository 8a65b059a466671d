/**
 * The runner: some slots, each of which asks the server for a job, works it, and asks again. It
 * holds no state that matters: what a job did is on the server, and what it did not get there is
 * done again when its lease runs out.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Fault } from '#kernel/fault.ts'
import { BEAT_MS } from '../pipelines/protocol.ts'
import { openBlobCache } from './blob-cache.ts'
import { leaseJob } from './client.ts'
import { SYSTEM_PATH } from './environment.ts'
import type { Kit } from './job-context.ts'
import { workJob } from './job.ts'
import { takeFolder } from './leftovers.ts'
import { makePipeSource } from './pipes.ts'
import { hasSandbox } from './sandbox.ts'
import { makeWire, mayHeal, pauseMs } from './wire.ts'

/** How long the server may keep a slot waiting for a job: as long as the protocol allows. */
const LEASE_WAIT_MS = 20_000

export type RunnerLog = Pick<Logger, 'info' | 'warn' | 'error'>

export interface RunnerOptions {
  readonly url: string
  readonly token: string
  readonly name: string
  /** Blobs, workspaces and a lock; of this runner alone. */
  readonly dir: string
  /** Jobs at once; one for every core unless told. */
  readonly slots?: number
  readonly log: RunnerLog
  /** Ends the runner: its jobs are ended with grace and left for the server to give out again. */
  readonly signal?: AbortSignal
  /** `auto` confines jobs with bubblewrap where that works. */
  readonly sandbox?: 'auto' | 'off'
  /** Where jobs find their tools. */
  readonly path?: string
  readonly beatMs?: number
}

/**
 * Resolves when the signal has ended it. Throws Fault `runner.token-refused` when the server does
 * not know this runner, `runner.folder-in-use` when `dir` has one already.
 */
export async function runRunner(options: RunnerOptions): Promise<void> {
  const { log, name, signal, slots = availableParallelism() } = options
  const folder = await takeFolder(options.dir)
  // One slot that cannot go on ends the others too: the fault is the same for all.
  const stop = new AbortController()
  const onAbort = () => stop.abort()
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted === true) onAbort()
  try {
    const blobs = openBlobCache(folder.blobs)
    const kit: Kit = {
      wire: makeWire(options.url, options.token),
      folder,
      blobs,
      makePipe: makePipeSource(join(folder.root, 'pipes')),
      name,
      path: options.path ?? SYSTEM_PATH,
      isSandboxed: (options.sandbox ?? 'auto') === 'auto' && (await hasSandbox()),
      beatMs: options.beatMs ?? BEAT_MS,
      stop: stop.signal,
    }
    log.info({ runner: name, slots, sandbox: kit.isSandboxed }, 'runner ready')
    const work = () =>
      workSlot(kit, log).catch((error: unknown) => {
        stop.abort()
        throw error
      })
    const ends = await Promise.allSettled(Array.from({ length: slots }, work))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  } finally {
    signal?.removeEventListener('abort', onAbort)
    folder.release()
  }
}

async function workSlot(kit: Kit, log: RunnerLog): Promise<void> {
  for (let failures = 0; !kit.stop.aborted;) {
    try {
      const leased = await leaseJob(kit.wire, kit.name, LEASE_WAIT_MS, kit.stop)
      failures = 0
      if (leased === undefined) continue
      const about = { run: leased.run, job: leased.job.name, attempt: leased.attempt }
      log.info(about, 'job leased')
      const end = await workJob(kit, leased)
      if (end === undefined) log.warn(about, 'job dropped')
      else log.info({ ...about, outcome: end.outcome, reason: end.reason }, 'job finished')
      kit.blobs.pruneIfGrown()
    } catch (error) {
      if (kit.stop.aborted) return
      if (error instanceof Fault && error.code === 'runner.token-refused') throw error
      const pause = pauseMs(failures++)
      log.warn({ err: error, pauseMs: pause, heals: mayHeal(error) }, 'slot could not work')
      await delay(pause, undefined, { signal: kit.stop }).catch(() => undefined)
    }
  }
}
