/**
 * PostgreSQL's two lock files: `postmaster.pid` in the cluster and `.s.PGSQL.<port>.lock` beside
 * the socket. We read them and never write or delete them. The first lets a starting server find
 * the shared memory of an earlier one, and so notice workers that outlived it; whoever deletes the
 * file to "clean up" invites two servers to write to the same tables.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Lock {
  readonly pid: number
  /** Names the socket's file only: no TCP port is opened. */
  readonly port: number
  readonly socketDir: string
  /** `starting`, `ready`, `stopping` or `standby`; empty while the server has not said. */
  readonly status: string
}

/** `undefined` when there is no lock, or none that can be read yet. */
export async function readLock(lockFile: string): Promise<Lock | undefined> {
  const text = await readFile(lockFile, 'utf8').catch(() => '')
  return parseLock(text)
}

export function parseLock(text: string): Lock | undefined {
  const [pid = '', , , port = '', socketDir = '', , , status = ''] = text.split('\n')
  // A negative pid is a server in single-user mode: it holds the lock all the same.
  if (!/^-?\d+$/.test(pid)) return undefined
  return { pid: Math.abs(Number(pid)), port: Number(port), socketDir, status: status.trim() }
}

export function socketLockFile(socketDir: string, port: number): string {
  return join(socketDir, `.s.PGSQL.${port}.lock`)
}
