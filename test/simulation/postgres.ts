/**
 * The PostgreSQL of a world, which may be stopped as if its machine had been switched off, and
 * comes back. Worlds that run side by side have one each: whom one loses, the others keep.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeLogger } from '#engine/log.ts'
import { type Cluster, startCluster } from '#engine/postgres/cluster.ts'
import type { DatabaseAddress } from '#engine/sql.ts'

const SETTINGS = {
  // Nothing outlives a crash of the machine, but what was confirmed outlives one of the server.
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  wal_level: 'minimal',
  wal_init_zero: 'off',
  // Each connection of each world would plan each statement five times before it keeps a plan.
  plan_cache_mode: 'force_generic_plan',
  // Tables of a few thousand rows, that live for minutes: nobody has to tidy them up.
  autovacuum: 'off',
  track_activities: 'off',
  track_counts: 'off',
}

const ALIVE_MS = 1_000

export class Postgres {
  readonly #folder: string
  #cluster: Cluster

  private constructor(folder: string, cluster: Cluster) {
    this.#folder = folder
    this.#cluster = cluster
  }

  static async start(): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-simulation-'))
    // As root the server runs as another user, who must be able to walk in.
    chmodSync(folder, 0o711)
    return new Postgres(folder, await started(folder))
  }

  /** Stays the same when it is started again. */
  get address(): DatabaseAddress {
    const { host, port, user, password, database } = this.#cluster
    return { host, port, user, password, database }
  }

  /** Mode immediate: no transaction ends, nothing is written any more. Resolves when it is gone. */
  async crash(): Promise<void> {
    // Its end alone keeps no process alive, and nothing else goes on here.
    const alive = setInterval(() => {}, ALIVE_MS)
    process.kill(this.#cluster.pid, 'SIGQUIT')
    await this.#cluster.dead
    clearInterval(alive)
  }

  /** Resolves when it has read its log again, and answers. */
  async comeBack(): Promise<void> {
    this.#cluster = await started(this.#folder)
  }

  async stop(): Promise<void> {
    await this.#cluster.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function started(folder: string): Promise<Cluster> {
  const dataDir = join(folder, 'database')
  return startCluster({ dataDir, settings: SETTINGS, log: makeLogger('silent') })
}
