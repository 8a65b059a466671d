/**
 * Where everything of one embedded database lives. Only `cluster` is PostgreSQL's own directory; it
 * is made whole under another name first, so that whatever carries this name is complete.
 */
import { chmod, chown, mkdir, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { wrapSystemError } from './faults.ts'
import type { ServerUser } from './user.ts'

export interface Layout {
  readonly dataDir: string
  /** PostgreSQL's data directory (its `-D`). */
  readonly cluster: string
  /** The lock file that PostgreSQL writes. It is read here and never written. */
  readonly lockFile: string
  /** Inside the cluster, so that the two are renamed, copied and restored as one. */
  readonly passwordFile: string
  readonly serverLog: string
}

// Root hands the cluster to another user, who must be able to pass through but not to look around.
const PASSABLE = 0o711
const PRIVATE = 0o700

/** Makes the data directory when it is missing; what exists keeps its owner and its mode. */
export async function layOut(dataDir: string): Promise<Layout> {
  const mode = process.getuid?.() === 0 ? PASSABLE : PRIVATE
  const wanted = resolve(dataDir)
  try {
    const first = await mkdir(wanted, { recursive: true, mode })
    if (first !== undefined) await setModes(first, wanted, mode)
    return layoutOf(await realpath(wanted))
  } catch (error) {
    throw wrapSystemError(error, wanted)
  }
}

/** Says the mode again for what was just made, since a strict umask has taken from it. */
async function setModes(first: string, last: string, mode: number): Promise<void> {
  for (let dir = last; dir.length >= first.length; dir = dirname(dir)) await chmod(dir, mode)
}

export function layoutOf(dataDir: string): Layout {
  const cluster = join(dataDir, 'cluster')
  return {
    dataDir,
    cluster,
    lockFile: join(cluster, 'postmaster.pid'),
    passwordFile: join(cluster, 'signalbox.password'),
    serverLog: join(dataDir, 'server.log'),
  }
}

/** Gives what this process has just made to the user the server runs as. */
export async function giveTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (user) await chown(path, user.uid, user.gid)
}
