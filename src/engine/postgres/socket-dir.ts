/**
 * The directory of the server's socket. A socket's path is limited to about a hundred bytes by the
 * system, so it cannot live under a data directory of any length: it gets a short name in the
 * temporary directory, made from the data directory's. That place is open to everyone, and so
 * nothing found there is trusted before it is known to be ours alone.
 */
import { createHash } from 'node:crypto'
import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresFault, wrapSystemError } from './faults.ts'
import { giveTo } from './layout.ts'
import type { ServerUser } from './user.ts'

// sun_path without its closing zero: 107 on Linux, 103 on macOS.
const SOCKET_PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103
const LONGEST_NAME = '.s.PGSQL.65535'
const PRIVATE = 0o700
const OPEN_TO_OTHERS = 0o077

export function socketDirOf(cluster: string, temporary = tmpdir()): string {
  const name = `signalbox-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`
  const dir = join(temporary, name)
  const fits = Buffer.byteLength(join(dir, LONGEST_NAME)) <= SOCKET_PATH_BYTES_MAX
  return fits ? dir : join('/tmp', name)
}

export async function makeSocketDir(dir: string, user: ServerUser | undefined): Promise<void> {
  try {
    await mkdir(dir, { mode: PRIVATE })
    await giveTo(user, dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw wrapSystemError(error, dir)
    await checkSocketDir(dir, user)
  }
}

// lstat, so that a link planted by another user is seen as one and not followed.
async function checkSocketDir(dir: string, user: ServerUser | undefined): Promise<void> {
  const seen = await lstat(dir).catch(() => undefined)
  // Removed since by one that stopped: the server will say so, and the next attempt makes it anew.
  if (!seen) return
  const own = process.getuid?.()
  const isPrivate = seen.isDirectory() && (seen.mode & OPEN_TO_OTHERS) === 0
  if (isPrivate && seen.uid === (user?.uid ?? own)) return
  // Made by us as root, but killed before it was handed over.
  if (isPrivate && user && seen.uid === own) return giveTo(user, dir)
  throw postgresFault('postgres.unsafe-directory', { where: dir })
}
