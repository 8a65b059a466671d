/** A database for figures: the embedded one, durable as users run it, in a folder of its own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeLogger } from '#engine/log.ts'
import { startCluster } from '#engine/postgres/cluster.ts'
import type { DatabaseAddress } from '#engine/sql.ts'

export const quiet = makeLogger('silent')

export async function withCluster<T>(work: (address: DatabaseAddress) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  chmodSync(folder, 0o711)
  const cluster = await startCluster({ dataDir: join(folder, 'database'), log: quiet })
  try {
    const { host, port, user, password, database } = cluster
    return await work({ host, port, user, password, database })
  } finally {
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
