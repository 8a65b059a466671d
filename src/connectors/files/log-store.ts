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
import type { LinePlace, LogName, LogStore } from '#pipelines/ports.ts'
import { errorCode, onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { Turns } from '../shared/turns.ts'
import {
  addTo,
  BLOCK_BYTES,
  blockOf,
  countOn,
  type Counted,
  entriesOf,
  indexUpTo,
  lineEndsIn,
} from './line-index.ts'

export const LOG_DISK = { noSpace: 'log.no-space', unusable: 'log.unusable' } as const
/** Runners cut a log at 128 MiB; this stops a sender that does not. */
const LOG_BYTES_MAX = 160 * 1024 * 1024
/** Logs that are appended to at once, in one process; of others is counted again from the index. */
const COUNTED_MAX = 1_000
const READ_BYTES_MAX = 1024 * 1024
/** Names that are one file name on every disk, also where case does not count. */
const PLAIN = /^[a-z0-9_][a-z0-9_.-]{0,99}$/
const NEWLINE = 10
const READ_OR_MAKE = constants.O_RDWR | constants.O_CREAT

/**
 * Beside what the port promises: bytes past the end of the log are Fault `log.gap`, an offset that
 * is no offset `log.bad-offset`, more than 160 MiB `log.too-large`. No bytes at offset 0 ask for
 * the size.
 */
export function makeLogStore(folder: string): LogStore {
  const turns = new Turns()
  const counts = new Counts()
  const guarded = <T>(work: () => Promise<T>) => onDisk(LOG_DISK, folder, work)
  // A turn for each file: what is skipped depends on the size, which the one before changes.
  const inTurn = async <T>(log: LogName, work: (path: string) => Promise<T>) => {
    const path = join(folder, fileOf(log))
    return guarded(() => turns.run(path, () => work(path)))
  }
  return {
    append: (log, offset, bytes) => inTurn(log, (path) => append(path, { offset, bytes, counts })),
    read: (log, offset, bytesMax) =>
      guarded(() => read(join(folder, fileOf(log)), offset, bytesMax)),
    lineStart: (log, line) => inTurn(log, (path) => lineStart(path, line, counts)),
    lineAt: (log, offset) => inTurn(log, (path) => lineAt(path, offset, counts)),
  }
}

/** How far each log's line ends were counted; the longest untouched is forgotten. */
class Counts {
  readonly #of = new Map<string, Counted>()

  of(path: string): Counted | undefined {
    return this.#of.get(path)
  }

  set(path: string, counted: Counted): void {
    this.#of.delete(path)
    this.#of.set(path, counted)
    const [oldest] = this.#of.keys()
    if (this.#of.size > COUNTED_MAX && oldest !== undefined) this.#of.delete(oldest)
  }
}

interface Append {
  readonly offset: number
  readonly bytes: Uint8Array
  readonly counts: Counts
}

async function append(path: string, { offset, bytes, counts }: Append): Promise<{ size: number }> {
  if (!Number.isSafeInteger(offset) || offset < 0) throw badOffset(offset)
  const end = offset + bytes.length
  if (end > LOG_BYTES_MAX) throw tooLarge()
  const handle = await openToAppend(path)
  try {
    const { size } = await handle.stat()
    if (offset > size) throw gap(offset, size)
    if (end <= size) return { size }
    const more = bytes.subarray(size - offset)
    await writeAll(handle, more, size)
    await count(path, { handle, more, from: size, counts })
    return { size: end }
  } finally {
    await handle.close()
  }
}

interface Written {
  readonly handle: FileHandle
  readonly more: Uint8Array
  readonly from: number
  readonly counts: Counts
}

/** The bytes are there already: a crash in here costs a second count, and nothing else. */
async function count(path: string, { handle, more, from, counts }: Written): Promise<void> {
  const known = from === 0 ? NOTHING_COUNTED : counts.of(path)
  if (known?.bytes === from) {
    const { counted, entries } = countOn(known, more)
    counts.set(path, counted)
    // Most logs never fill a block, and have no index.
    if (entries.length === 0) return
  }
  const index = await open(indexOf(path), READ_OR_MAKE)
  try {
    const before =
      known?.bytes === from ? known : await indexUpTo({ log: handle, index }, known, from)
    counts.set(path, await addTo(index, before, more))
  } finally {
    await index.close()
  }
}

const NOTHING_COUNTED: Counted = { bytes: 0, lineEnds: 0 }

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

const NONE: LinePlace = { line: 0, offset: 0, lines: 0, size: 0 }

async function lineStart(path: string, line: number, counts: Counts): Promise<LinePlace> {
  if (!Number.isSafeInteger(line)) throw badLine(line)
  return indexed(path, counts, NONE, async ({ log, size, counted, entries }) => {
    const lines = counted.lineEnds + (await hasOpenLine(log, size))
    const wanted = line < 0 ? Math.max(0, lines + line) : line
    if (wanted === 0) return { line: 0, offset: 0, lines, size }
    if (wanted > counted.lineEnds) return { line: lines, offset: size, lines, size }
    const block = blockOf(entries, wanted)
    const bytes = await blockAt(log, block, size)
    const before = block === 0 ? 0 : (entries[block - 1] ?? 0)
    const offset = block * BLOCK_BYTES + afterLineEnds(bytes, wanted - before)
    return { line: wanted, offset, lines, size }
  })
}

async function lineAt(path: string, offset: number, counts: Counts): Promise<number> {
  if (!Number.isSafeInteger(offset) || offset < 0) throw badOffset(offset)
  return indexed(path, counts, 0, async ({ log, size, entries }) => {
    const at = Math.min(offset, size)
    const block = Math.min(Math.floor(at / BLOCK_BYTES), entries.length)
    const bytes = await blockAt(log, block, size)
    const before = block === 0 ? 0 : (entries[block - 1] ?? 0)
    return before + lineEndsIn(bytes, 0, at - block * BLOCK_BYTES)
  })
}

interface Indexed {
  readonly log: FileHandle
  readonly size: number
  readonly counted: Counted
  readonly entries: Float64Array
}

/** With an index that reaches the end: what another process wrote is counted first. */
async function indexed<T>(
  path: string,
  counts: Counts,
  absent: T,
  work: (found: Indexed) => Promise<T>,
): Promise<T> {
  const log = await open(path, 'r').catch(unlessAbsent)
  if (log === undefined) return absent
  try {
    const { size } = await log.stat()
    if (size < BLOCK_BYTES) {
      const { counted } = countOn(NOTHING_COUNTED, await blockAt(log, 0, size))
      return await work({ log, size, counted, entries: new Float64Array() })
    }
    const index = await open(indexOf(path), READ_OR_MAKE)
    try {
      let counted = await indexUpTo({ log, index }, counts.of(path), size)
      let entries = await entriesOf(index, size)
      if (entries.length < Math.floor(counted.bytes / BLOCK_BYTES)) {
        // Somebody removed or damaged it while we remembered that it was whole.
        counted = await indexUpTo({ log, index }, undefined, size)
        entries = await entriesOf(index, size)
      }
      counts.set(path, counted)
      return await work({ log, size, counted, entries })
    } finally {
      await index.close()
    }
  } finally {
    await log.close()
  }
}

async function blockAt(log: FileHandle, block: number, size: number): Promise<Uint8Array> {
  const from = block * BLOCK_BYTES
  const length = Math.max(0, Math.min(BLOCK_BYTES, size - from))
  const { buffer, bytesRead } = await log.read(Buffer.alloc(length), 0, length, from)
  return buffer.subarray(0, bytesRead)
}

async function hasOpenLine(log: FileHandle, size: number): Promise<0 | 1> {
  if (size === 0) return 0
  const { buffer } = await log.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === NEWLINE ? 0 : 1
}

/** Just behind so many line ends. */
function afterLineEnds(bytes: Uint8Array, count: number): number {
  let at = 0
  for (let i = 0; i < count; i++) at = bytes.indexOf(NEWLINE, at) + 1
  return at
}

const indexOf = (path: string) => path.replace(/\.log$/, '.lines')

/** A name that is not plain is hashed: it is somebody else's text, and no path. */
function fileOf({ run, job, attempt }: LogName): string {
  if (!Number.isSafeInteger(attempt) || attempt < 0) throw badOffset(attempt)
  return join(folderOfRun(run), `${safe(job)}.${attempt}.log`)
}

/** Where all logs of a run lie. */
export const folderOfRun = (run: string) => safe(run)

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

const badLine = (line: number) =>
  new Fault('log.bad-line', `${line} is no number of a line.`, {
    remedy: 'Give a whole number; the first line is 0, and the last -1.',
    retry: false,
  })

const badOffset = (offset: number) =>
  new Fault('log.bad-offset', `${offset} is no offset into a log and no attempt.`, {
    remedy: 'Give a whole number of bytes; only a read may count from the end.',
    retry: false,
  })
