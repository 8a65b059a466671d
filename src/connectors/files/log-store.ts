/**
 * Job logs, `logs/<run>/<job>.<attempt>.log`. Every append says where its bytes belong, so a sender
 * that does not know whether it was heard sends again, and two processes that write the same bytes
 * to the same place do no harm.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { constants } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { LogName, LogStore } from '#pipelines/ports.ts'
import { errorCode, onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { Turns } from '../shared/turns.ts'

const DISK = { noSpace: 'log.no-space', unusable: 'log.unusable' } as const
/** Runners cut a log at 20 MiB; this stops a sender that does not. */
const LOG_BYTES_MAX = 32 * 1024 * 1024
const READ_BYTES_MAX = 1024 * 1024
/** Names that are one file name on every disk, also where case does not count. */
const PLAIN = /^[a-z0-9_][a-z0-9_.-]{0,99}$/
const READ_OR_MAKE = constants.O_RDWR | constants.O_CREAT

/**
 * Beside what the port promises: bytes past the end of the log are Fault `log.gap`, an offset that
 * is no offset `log.bad-offset`, more than 32 MiB `log.too-large`. No bytes at offset 0 ask for the
 * size.
 */
export function makeLogStore(folder: string): LogStore {
  const turns = new Turns()
  const guarded = <T>(work: () => Promise<T>) => onDisk(DISK, folder, work)
  return {
    async append(log, offset, bytes) {
      const path = join(folder, fileOf(log))
      // A turn for each file: what is skipped depends on the size, which the one before changes.
      return guarded(() => turns.run(path, () => append(path, offset, bytes)))
    },
    async read(log, offset, bytesMax) {
      return guarded(() => read(join(folder, fileOf(log)), offset, bytesMax))
    },
  }
}

async function append(path: string, offset: number, bytes: Uint8Array): Promise<{ size: number }> {
  if (!Number.isSafeInteger(offset) || offset < 0) throw badOffset(offset)
  const end = offset + bytes.length
  if (end > LOG_BYTES_MAX) throw tooLarge()
  const handle = await openToAppend(path)
  try {
    const { size } = await handle.stat()
    if (offset > size) throw gap(offset, size)
    if (end <= size) return { size }
    await writeAll(handle, bytes.subarray(size - offset), size)
    return { size: end }
  } finally {
    await handle.close()
  }
}

async function openToAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, READ_OR_MAKE)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    await mkdir(dirname(path), { recursive: true })
    return open(path, READ_OR_MAKE)
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

async function read(path: string, offset: number, bytesMax: number): ReturnType<LogStore['read']> {
  if (!Number.isSafeInteger(offset)) throw badOffset(offset)
  const handle = await open(path, 'r').catch(unlessAbsent)
  if (handle === undefined) return { bytes: new Uint8Array(), offset: 0, size: 0 }
  try {
    const { size } = await handle.stat()
    const from = Math.min(offset < 0 ? Math.max(0, size + offset) : offset, size)
    const length = Math.max(0, Math.min(bytesMax, READ_BYTES_MAX, size - from))
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from)
    return { bytes: buffer.subarray(0, bytesRead), offset: from, size }
  } finally {
    await handle.close()
  }
}

/** A name that is not plain is hashed: it is somebody else's text, and no path. */
function fileOf({ run, job, attempt }: LogName): string {
  if (!Number.isSafeInteger(attempt) || attempt < 0) throw badOffset(attempt)
  return join(safe(run), `${safe(job)}.${attempt}.log`)
}

const safe = (name: string) =>
  PLAIN.test(name) ? name : `~${createHash('sha256').update(name).digest('hex')}`

const gap = (offset: number, size: number) =>
  new Fault('log.gap', `The log ends at byte ${size}; bytes for ${offset} would leave a gap.`, {
    remedy: `Send the log again from byte ${size}.`,
    retry: false,
  })

const tooLarge = () =>
  new Fault('log.too-large', `A log holds at most ${LOG_BYTES_MAX} bytes.`, {
    remedy: 'Let the job print less, or write what it says to a file in its outputs.',
    retry: false,
  })

const badOffset = (offset: number) =>
  new Fault('log.bad-offset', `${offset} is no offset into a log and no attempt.`, {
    remedy: 'Give a whole number of bytes; only a read may count from the end.',
    retry: false,
  })
