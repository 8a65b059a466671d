/**
 * Reads a file that another process writes, as it grows. The system says when something changed;
 * a look now and then covers the file systems on which it does not.
 */
import { closeSync, type FSWatcher, openSync, readSync, watch } from 'node:fs'
import { join } from 'node:path'

const READ_BYTES = 256 * 1024
const LOOK_MS = 100

export interface Following {
  /** Reads to the end of what there is. */
  readAll(): void
  close(): void
}

/** `onChange` is called for anything that happens in the folder, and every so often without it. */
export function followOutput(
  folder: string,
  name: string,
  onBytes: (chunk: Buffer) => void,
  onChange: () => void,
): Following {
  let fd: number | undefined
  let offset = 0
  let isClosed = false
  /** Whether there may be more. */
  const readSome = (): boolean => {
    fd ??= openOrNot(join(folder, name))
    if (fd === undefined) return false
    const chunk = Buffer.allocUnsafe(READ_BYTES)
    const size = readSync(fd, chunk, 0, chunk.length, offset)
    if (size === 0) return false
    offset += size
    onBytes(chunk.subarray(0, size))
    return size === READ_BYTES
  }
  // A job that prints without end must not keep this process from everything else.
  let isReading = false
  const readOn = () => {
    if (isClosed) return
    isReading = readSome()
    if (isReading) setImmediate(readOn)
  }
  const look = () => {
    if (isClosed) return
    if (!isReading) readOn()
    onChange()
  }
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(folder, look)
    watcher.on('error', () => watcher?.close())
  } catch {
    // Too many watchers on this machine: then the timer alone has to do.
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    readAll() {
      while (!isClosed && readSome());
    },
    close() {
      if (isClosed) return
      isClosed = true
      clearInterval(timer)
      watcher?.close()
      if (fd !== undefined) closeSync(fd)
    },
  }
}

function openOrNot(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}
