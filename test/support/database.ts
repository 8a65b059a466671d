/**
 * A fresh database for one test, on one embedded cluster that all tests of a process share. Set
 * TEST_DATABASE_URL to run against another PostgreSQL.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import pg from 'pg'
import { makeLogger } from '#engine/log.ts'
import { startCluster } from '#engine/postgres/cluster.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'

export const quiet = makeLogger('silent')

let cluster: Promise<DatabaseAddress> | undefined
let stop = async () => {}
// Here, outside every test: the cluster lives as long as the process.
after(() => stop())

async function theCluster(): Promise<DatabaseAddress> {
  const elsewhere = process.env['TEST_DATABASE_URL']
  if (elsewhere !== undefined) return { connectionString: elsewhere }
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-test-'))
  // As root the server runs as another user, who must be able to walk in.
  chmodSync(folder, 0o711)
  const started = await startCluster({
    dataDir: join(folder, 'database'),
    // Tests outlive no crash: syncing would only wait for the disk.
    settings: { fsync: 'off', synchronous_commit: 'off' },
    log: quiet,
  })
  stop = async () => {
    await started.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const { host, port, user, password, database } = started
  return { host, port, user, password, database }
}

export async function withDatabase(t: Pick<TestContext, 'after'>): Promise<Database> {
  const address = await (cluster ??= theCluster())
  const name = `t_${randomBytes(8).toString('hex')}`
  const admin = async (sql: string) => {
    const client = new pg.Client(address)
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await admin(`create database ${name}`)
  const url = address.connectionString
  const own =
    url === undefined ? { ...address, database: name } : { connectionString: at(url, name) }
  const database = new Database(own, quiet)
  t.after(async () => {
    await database.close()
    await admin(`drop database ${name} with (force)`)
  })
  return database
}

function at(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
