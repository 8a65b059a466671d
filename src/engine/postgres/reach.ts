/**
 * Whether the server answers. A lock file that says `ready` is the server's word; a connection with
 * our password to our database is the proof.
 */
import pg from 'pg'
import { postgresFault } from './faults.ts'

export interface Login {
  readonly user: string
  readonly password: string
  readonly database: string
}

// A local socket answers at once or not at all; a machine that swaps may take its time.
const CONNECT_MS = 5_000
// SQLSTATE: the password is wrong; the role does not exist, or pg_hba.conf refuses it.
const WRONG_PASSWORD = '28P01'
const REFUSED_BY_RULE = '28000'

/**
 * Whether a connection to our database can be made now; if not, ask again.
 * @throws Fault `postgres.wrong-password`
 */
export async function reach(
  at: Login & { readonly host: string; readonly port: number },
): Promise<boolean> {
  const client = new pg.Client({ ...at, connectionTimeoutMillis: CONNECT_MS })
  // The server may end the connection while we do; the query's own error says all.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch (error) {
    const { code, message: said } = error as { code?: string; message: string }
    if (code === WRONG_PASSWORD || code === REFUSED_BY_RULE)
      throw postgresFault('postgres.wrong-password', { where: at.host, said, cause: error })
    // Starting, stopping, out of connections, or gone again.
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
