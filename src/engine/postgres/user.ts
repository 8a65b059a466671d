/**
 * Which user the server runs as. PostgreSQL refuses root, since a hole in a server that runs as
 * root is a hole in the machine. An ordinary user simply keeps its own identity.
 */
import { readFile, stat } from 'node:fs/promises'
import { postgresFault } from './faults.ts'

export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

// In order of preference; macOS prefixes its system users. `nobody` exists nearly everywhere.
const NAMES = ['postgres', '_postgres', 'nobody']

/**
 * `undefined`: the server runs as whoever we are. As root, a database that exists keeps the user it
 * has, even when a better one has been created since: its files belong to that one.
 */
export async function serverUser(
  cluster: string,
  passwdFile = '/etc/passwd',
): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(cluster).catch(() => undefined)
  if (owner?.uid === 0)
    throw postgresFault('postgres.not-writable', { where: cluster, said: 'it belongs to root' })
  if (owner) return { uid: owner.uid, gid: owner.gid }
  const users = parsePasswd(await readFile(passwdFile, 'utf8').catch(() => ''))
  const name = NAMES.find((candidate) => users.has(candidate))
  const user = name === undefined ? undefined : users.get(name)
  if (!user) throw postgresFault('postgres.no-user', { where: passwdFile })
  return user
}

export function parsePasswd(text: string): ReadonlyMap<string, ServerUser> {
  const users = new Map<string, ServerUser>()
  for (const line of text.split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    if (/^\d+$/.test(uid) && /^\d+$/.test(gid) && uid !== '0')
      users.set(name, { uid: Number(uid), gid: Number(gid) })
  }
  return users
}
