/**
 * The server's own log: a file and not a pipe to us. A pipe ends when its reader is killed, and
 * fills up when its reader hangs, and then it is the server that hangs. A file serves an adopted
 * server as well as our own. It is kept short by whoever supervises.
 */
import { copyFile, open, stat, truncate, type FileHandle } from 'node:fs/promises'
import type { Logger } from '../log.ts'
import { wrapSystemError } from './faults.ts'

// Weeks of an ordinary server; one older copy is kept beside it.
const LOG_BYTES_MAX = 8 * 1024 * 1024
const LOG_CHECK_MS = 60_000
// A refusal to start takes a few lines.
const TAIL_BYTES_MAX = 8 * 1024

/** Opens for appending, so that truncating it under a running server leaves no hole. */
export async function openServerLog(path: string): Promise<FileHandle> {
  try {
    await shorten(path)
    return await open(path, 'a', 0o600)
  } catch (error) {
    throw wrapSystemError(error, path)
  }
}

/** The end of what was written after `position` (bytes), or of the whole file. */
export async function readServerLog(path: string, position = 0): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(Math.min(position, size), size - TAIL_BYTES_MAX)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES_MAX), 0, null, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Keeps the log short until the returned function is called. Keeps no process alive. */
export function boundServerLog(path: string, log: Logger): () => void {
  const timer = setInterval(() => {
    shorten(path).catch((error: unknown) => {
      log.warn({ err: error, path }, 'postgres log cannot be shortened')
    })
  }, LOG_CHECK_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}

/** Copied and then truncated: the server holds the file open and would follow a renamed one. */
export async function shorten(path: string, bytesMax = LOG_BYTES_MAX): Promise<void> {
  const size = await stat(path).then(
    (seen) => seen.size,
    () => 0,
  )
  if (size <= bytesMax) return
  await copyFile(path, `${path}.1`)
  await truncate(path)
}
