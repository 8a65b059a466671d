/**
 * The log of one job: written to a file at once, sent to the server soon after, by byte offset.
 * The file is the memory: while the server is away nothing piles up but disk, and that is bounded.
 * Secrets are taken out before that; all other bytes pass as they are, and what is not UTF-8 is the
 * reader's affair.
 */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { Fault } from '#kernel/fault.ts'
import { LOG_BYTES_MAX, LOG_CHUNK_BYTES_MAX } from '../pipelines/protocol.ts'
import { makeMasker } from './mask.ts'
import { mayHeal, pauseMs } from './wire.ts'

/** Its file, in the folder of state. */
export const LOG = 'log'
/** People watch logs live; a quarter of a second is as good as at once. */
export const FLUSH_MS = 250
/** Kept free for what the runner has to say after the job was cut off. */
const RESERVE_BYTES = 8 * 1024
const LINE_LENGTH_MAX = 1000
const PREFIX = 'signalbox: '
const NEWLINE = 10

export interface JobLog {
  /** A line of the runner's own. */
  say(line: string): void
  /** Output of the job: unchanged but for secrets until the log is full, dropped from then on. */
  write(chunk: Uint8Array): void
  /** There was more output than is kept. */
  cut(): void
  /** Bytes so far. */
  readonly size: () => number
  /** Resolves when the server has everything, or has refused it (then the log counts as cut). */
  finish(): Promise<{ readonly logBytes: number; readonly logCut: boolean }>
  /** Frees the file; what was not sent is lost. */
  close(): void
}

export interface LogTarget {
  /** Resolves to the size of the log that the server has. Never called twice at once. */
  send(offset: number, bytes: Uint8Array): Promise<number>
  readonly bytesMax?: number
  /** Goes on with the log that an earlier runner left, from here on; the server may have more. */
  readonly resumeAt?: number | undefined
  /** What may never leave this machine. */
  readonly secrets?: readonly string[] | undefined
}

/** Where the bytes of a log go, in their order. */
export interface LogSink {
  /** Throws where there is no room for them; the bytes are its own from then on. */
  append(bytes: Uint8Array, at: number): void
  /** Resolves to whether all of it arrived. */
  finish(): Promise<boolean>
  close(): void
}

export function openJobLog(file: string, target: LogTarget): JobLog {
  const { resumeAt } = target
  const fd = openSync(file, resumeAt === undefined ? 'wx+' : 'r+', 0o600)
  const size = resumeAt ?? 0
  ftruncateSync(fd, size)
  const sender = startSender(fd, target, size)
  const isFullLine = size === 0 || lastByteOf(fd, size) === NEWLINE
  const sink: LogSink = {
    append(bytes, at) {
      for (let done = 0; done < bytes.length;)
        done += writeSync(fd, bytes, done, bytes.length - done, at + done)
      sender.wrote(at + bytes.length)
    },
    finish: () => sender.finish(),
    close() {
      sender.close()
      closeSync(fd)
    },
  }
  return writeLog(sink, { ...target, size, isFullLine })
}

export interface LogStart extends Pick<LogTarget, 'bytesMax' | 'secrets'> {
  /** What is there of it already, and whether that ends a line. */
  readonly size: number
  readonly isFullLine: boolean
}

/** What a job and its runner say, as the bytes of one log. */
export function writeLog(sink: LogSink, start: LogStart): JobLog {
  const { bytesMax = LOG_BYTES_MAX } = start
  const masker = makeMasker(start.secrets ?? [])
  let written = start.size
  let { isFullLine } = start
  let isCut = false
  let isClosed = false

  const append = (bytes: Uint8Array) => {
    if (isClosed) return
    try {
      sink.append(bytes, written)
    } catch {
      // A full disk: the job must not die of it, and nobody can be told more than that it was cut.
      isCut = true
      return
    }
    written += bytes.length
    isFullLine = bytes.at(-1) === NEWLINE
  }
  const keep = (bytes: Uint8Array) => {
    const room = Math.max(0, bytesMax - RESERVE_BYTES - written)
    if (room > 0 && bytes.length > 0) append(bytes.subarray(0, room))
    return bytes.length <= room
  }
  const say = (said: string) => {
    // What was held back comes before it, unless nothing more is kept.
    if (!isCut) keep(masker.end())
    const line = masker.mask(said)
    const text = `${isFullLine ? '' : '\n'}${PREFIX}${line.slice(0, LINE_LENGTH_MAX)}\n`
    if (written + Buffer.byteLength(text) <= bytesMax) append(Buffer.from(text))
  }
  const cut = () => {
    if (isCut) return
    isCut = true
    masker.drop()
    say(`the log is cut here: it may have ${bytesMax} bytes. The job runs on`)
  }
  return {
    say,
    cut,
    size: () => written,
    write(chunk) {
      if (!isCut && !keep(masker.write(chunk))) cut()
    },
    async finish() {
      if (!isCut) keep(masker.end())
      const isWhole = await sink.finish()
      return { logBytes: written, logCut: isCut || !isWhole }
    },
    close() {
      // Once: the number of a closed file may be another's by now.
      if (isClosed) return
      isClosed = true
      sink.close()
    },
  }
}

function lastByteOf(fd: number, size: number): number | undefined {
  const byte = Buffer.alloc(1)
  return readSync(fd, byte, 0, 1, size - 1) === 1 ? byte[0] : undefined
}

/** One loop that sends what was written, in chunks, and begins again where the server stands. */
function startSender(fd: number, target: LogTarget, size: number) {
  let written = size
  let sent = 0
  let state: 'open' | 'finishing' | 'closed' = 'open'
  const nap = makeNap()
  /** Whether the server has more than before. */
  const sendChunk = async (): Promise<boolean> => {
    if (state === 'closed') return false
    const before = sent
    const chunk = Buffer.alloc(Math.min(LOG_CHUNK_BYTES_MAX, written - sent))
    readSync(fd, chunk, 0, chunk.length, sent)
    // Never past what there is: a server with more of it must have another attempt in mind.
    sent = Math.min(written, await target.send(sent, chunk))
    return sent > before
  }
  const isMoving = async (): Promise<boolean> => {
    try {
      return await sendChunk()
    } catch (error) {
      const isGap = error instanceof Fault && error.code === 'log.gap'
      if (!isGap && !mayHeal(error)) throw error
      // What the server has of it is skipped there, and its answer says where to go on.
      if (isGap) sent = 0
      return false
    }
  }
  const run = async (): Promise<void> => {
    for (let failures = 0; ;) {
      if (state === 'closed' || (sent === written && state === 'finishing')) return
      if (sent === written) {
        await nap.sleep('idle')
        continue
      }
      if (failures > 0) await nap.sleep('pause', pauseMs(failures - 1))
      else if (state === 'open' && written - sent < LOG_CHUNK_BYTES_MAX)
        await nap.sleep('flush', FLUSH_MS)
      failures = (await isMoving()) ? 0 : failures + 1
    }
  }
  const running = run().then(
    () => sent === written,
    () => false,
  )
  return {
    wrote(size: number) {
      written = size
      nap.end('idle')
      if (written - sent >= LOG_CHUNK_BYTES_MAX) nap.end('flush')
    },
    finish() {
      state = 'finishing'
      nap.end('idle', 'flush')
      return running
    },
    close() {
      state = 'closed'
      nap.end('idle', 'flush', 'pause')
    },
  }
}

/** Nothing to send, little to send, or a server that does not take it. */
type Nap = 'idle' | 'flush' | 'pause'

/** Sleep that can be cut short by those who know why it is slept. */
function makeNap() {
  let kind: Nap | undefined
  let wake = () => {}
  return {
    sleep(why: Nap, ms?: number) {
      kind = why
      return new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    },
    end(...kinds: readonly Nap[]) {
      if (kind !== undefined && kinds.includes(kind)) wake()
    },
  }
}
