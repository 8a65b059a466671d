/**
 * The database: an outside one by its address, or the embedded one, which one server alone holds.
 */
import { join } from 'node:path'
import type { Logger } from '#engine/log.ts'
import { startCluster } from '#engine/postgres/cluster.ts'
import { startLasting } from '#engine/postgres/lasting.ts'
import { holdAlone } from '#engine/sole.ts'
import { Database } from '#engine/sql.ts'
import { Fault } from '#kernel/fault.ts'
import type { Config } from './config.ts'

export interface OpenDatabase {
  readonly database: Database
  close(): Promise<void>
  /** Resolves when the embedded server is gone for good; never for an outside one. */
  readonly died: Promise<void>
}

export async function openDatabase(config: Config, log: Logger): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    const database = new Database({ connectionString: config.databaseUrl }, log)
    return { database, close: () => database.close(), died: new Promise(() => {}) }
  }
  const letGo = await holdAlone(config.dataDir)
  if (letGo === undefined)
    throw new Fault('server.already-running', `A server is using ${config.dataDir}.`, {
      remedy:
        'Stop that one, or give this one another folder with --data. Several servers over one ' +
        'database need DATABASE_URL.',
      retry: false,
    })
  try {
    const start = () => startCluster({ dataDir: join(config.dataDir, 'database'), log })
    const cluster = await startLasting(start, log)
    const { host, port, user, password, database: name } = cluster
    const database = new Database({ host, port, user, password, database: name }, log)
    const close = async () => {
      await database.close()
      await cluster.stop()
      letGo()
    }
    return { database, close, died: cluster.lost }
  } catch (error) {
    letGo()
    throw error
  }
}
