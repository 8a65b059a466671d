/**
 * Logs while they are written, for any number of viewers. All who stand at the same place of a log
 * share one read; a viewer that is slow asks later and from where it is, so nothing piles up for
 * it. That a log has grown is heard at once where its bytes came in, and seen soon after where they
 * came in at another server.
 */
import type { LogName } from '../../ports.ts'
import type { LogReads } from './masked.ts'

/** Another process may write: its bytes are seen this late. */
const LOOK_MS = 250
const CHUNK_BYTES = 64 * 1024
/** Chunks kept of one log for those that come a moment later. */
const CHUNKS_MAX = 8
/** Followers at once, of all logs together: each holds a connection. */
export const FOLLOWERS_MAX = 1_000

export interface Chunk {
  readonly bytes: Uint8Array
  readonly size: number
}

type IsDone = (log: LogName) => Promise<boolean>

export class LogTails {
  readonly #logs: LogReads
  readonly #isDone: IsDone
  readonly #tails = new Map<string, Tail>()
  #followers = 0

  constructor(logs: LogReads, isDone: IsDone) {
    this.#logs = logs
    this.#isDone = isDone
  }

  /** Bytes came in, or the job ended. */
  ring(log: LogName): void {
    this.#tails.get(keyOf(log))?.ring()
  }

  /** Undefined when there are too many already. `leave` it in the end. */
  join(log: LogName): Tail | undefined {
    if (this.#followers >= FOLLOWERS_MAX) return undefined
    this.#followers += 1
    const key = keyOf(log)
    const tail = this.#tails.get(key) ?? new Tail(this.#logs, log, () => this.#isDone(log))
    this.#tails.set(key, tail)
    tail.followers += 1
    return tail
  }

  leave(tail: Tail): void {
    this.#followers -= 1
    tail.followers -= 1
    if (tail.followers > 0) return
    tail.stop()
    this.#tails.delete(keyOf(tail.log))
  }
}

const keyOf = ({ run, job, attempt }: LogName) => JSON.stringify([run, job, attempt])

export class Tail {
  readonly log: LogName
  readonly #logs: LogReads
  readonly #isDone: () => Promise<boolean>
  /** By offset. */
  readonly #chunks = new Map<number, Promise<Chunk>>()
  #grown = Promise.withResolvers<void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended: Promise<boolean> | undefined
  followers = 0

  constructor(logs: LogReads, log: LogName, isDone: () => Promise<boolean>) {
    this.#logs = logs
    this.log = log
    this.#isDone = isDone
  }

  /** What follows this offset, as far as it was written; nothing when that is nothing. */
  async read(offset: number): Promise<Chunk> {
    const known = this.#chunks.get(offset)
    if (known !== undefined) return known
    const reading = this.#logs.read(this.log, offset, CHUNK_BYTES)
    this.#chunks.set(offset, reading)
    const forget = () => {
      if (this.#chunks.get(offset) === reading) this.#chunks.delete(offset)
    }
    try {
      const chunk = await reading
      if (chunk.bytes.length === 0) forget()
      const [oldest] = this.#chunks.keys()
      if (this.#chunks.size > CHUNKS_MAX && oldest !== undefined) this.#chunks.delete(oldest)
      return chunk
    } catch (error) {
      forget()
      throw error
    }
  }

  /** Whether nothing will be added. Asked before a read, so that no last bytes are missed. */
  isDone(): Promise<boolean> {
    // All who wait were woken together and ask at once.
    this.#ended ??= this.#isDone().finally(() => {
      this.#ended = undefined
    })
    return this.#ended
  }

  /** Resolves when there may be more. */
  grown(): Promise<void> {
    this.#timer ??= setTimeout(() => this.ring(), LOOK_MS)
    return this.#grown.promise
  }

  ring(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // What was read to the end is no longer all there is.
    this.#chunks.clear()
    this.#grown.resolve()
    this.#grown = Promise.withResolvers<void>()
  }

  stop(): void {
    this.ring()
  }
}
