/**
 * At most one holder of a folder on this machine, by something that ends with its process however
 * that ends, so there is no stale lock to explain to anybody and none to clear away: clearing is
 * where two starters would both win. On Linux that is a listening abstract socket, which is no
 * file; elsewhere an exclusive SQLite transaction on an empty file, a kernel lock underneath.
 */
import { once } from 'node:events'
import { closeSync, fstatSync, openSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

type LetGo = () => void

/** SQLite's word for "somebody else has it". */
const SQLITE_BUSY = 5
/** Two that start at once are in each other's way for a moment; a holder stays for good. */
const MOMENT_MS = 100

/** The way to let go, or undefined when somebody else holds it. The folder must exist. */
export async function holdAlone(
  folder: string,
  platform: NodeJS.Platform = process.platform,
): Promise<LetGo | undefined> {
  return platform === 'linux' ? holdBySocket(folder) : holdByFile(join(folder, 'server.lock'))
}

/**
 * Named by device and inode, which are the same by whatever path one comes. The folder stays open
 * as long as it is held: deleted, its inode may not become another folder's.
 */
async function holdBySocket(folder: string): Promise<LetGo | undefined> {
  const handle = openSync(folder, 'r')
  const server = net.createServer((socket) => socket.destroy())
  server.unref()
  try {
    const { dev, ino } = fstatSync(handle, { bigint: true })
    await once(server.listen(`\0signalbox-${dev}-${ino}`), 'listening')
  } catch (error) {
    closeSync(handle)
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    server.close()
    closeSync(handle)
  }
}

function holdByFile(file: string): LetGo | undefined {
  const lock = new DatabaseSync(file, { timeout: MOMENT_MS })
  try {
    // No journal file beside the lock: there is nothing to roll back.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      return undefined
    throw error
  }
  return () => {
    if (lock.isOpen) lock.close()
  }
}
