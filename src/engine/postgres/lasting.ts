/**
 * The embedded database, started again where it stood when it dies under us: killed for memory, by
 * hand, or by a crash of its own. What was confirmed is in its log, and the start replays it. The
 * address stays the same, so that everybody who asks again is served again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import type { Cluster } from './cluster.ts'

const AGAIN_MS = 200
/** One that lived this long was well; its next end begins a new count. */
const WELL_MS = 60_000
/** Whatever kills it as often as that in a row is not cured by starting it again. */
const DEATHS_MAX = 5

export interface LastingCluster extends Pick<Cluster, 'host' | 'port' | 'user' | 'password'> {
  readonly database: string
  stop(): Promise<void>
  /** Resolves when it stays dead, whatever we do. */
  readonly lost: Promise<void>
}

/** @throws Fault as `start` does, when the first start fails */
export async function startLasting(
  start: () => Promise<Cluster>,
  log: Logger,
): Promise<LastingCluster> {
  let cluster = await start()
  const { host, port, user, password, database } = cluster
  let isStopping = false
  let reviving = Promise.resolve()
  /** Whether to go on watching: it is where it was, or may come up at the next try. */
  const revive = async (): Promise<boolean> => {
    try {
      cluster = await start()
    } catch (error) {
      log.warn({ err: error }, 'the database did not come up again')
      return true
    }
    log.warn({ pid: cluster.pid }, 'the database had died, and was started again')
    return cluster.host === host && cluster.port === port
  }
  const watch = async () => {
    for (let deaths = 0; deaths < DEATHS_MAX; deaths++) {
      const since = performance.now()
      await cluster.dead
      if (performance.now() - since > WELL_MS) deaths = 0
      if (!isStopping) await sleep(AGAIN_MS * deaths)
      if (isStopping) return new Promise<never>(() => {})
      const isWatched = revive()
      reviving = isWatched.then(() => {})
      if (!(await isWatched)) return undefined
    }
    return undefined
  }
  return {
    ...{ host, port, user, password, database },
    lost: watch(),
    async stop() {
      isStopping = true
      await reviving
      await cluster.stop()
    },
  }
}
