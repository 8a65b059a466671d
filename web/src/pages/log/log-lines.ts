/**
 * The lines of a log that the page has by now: those in sight are asked for, one question at a time
 * and always the latest, and what is far from sight is forgotten. A log of a million lines costs as
 * much as what is seen of it.
 */
import type { LinesAnswer, LogLine } from '../../api/logs.ts'

export type AskLines = (fromLine: number, lines: number) => Promise<LinesAnswer>

/** A question's worth: some screens. Colours begin anew with each. */
export const PAGE_LINES = 200
const KEPT_LINES = 20_000
/** A server that does not answer is not asked more often than this. */
const AGAIN_MS = 3_000

export interface LogState {
  readonly total: number
  readonly size: number
  readonly isDone: boolean
  readonly isOpen: boolean
  /** Why nothing more comes, for now. */
  readonly trouble: string | undefined
}

const UNKNOWN: LogState = { total: 0, size: 0, isDone: false, isOpen: false, trouble: undefined }

export class LogLines {
  readonly #ask: AskLines
  readonly #again: (work: () => void) => () => void
  readonly #lines = new Map<number, LogLine>()
  readonly #listeners = new Set<() => void>()
  #state = UNKNOWN
  #wanted: readonly number[] = []
  #isAsking = false
  /** More was printed than the last answer knew of. */
  #hasGrown = false
  #isStopped = false
  #cancel: (() => void) | undefined

  constructor(ask: AskLines, again = later) {
    this.#ask = ask
    this.#again = again
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly snapshot = () => this.#state

  line(n: number): LogLine | undefined {
    return this.#lines.get(n)
  }

  /** A negative line is one from the end. */
  open(fromLine: number): void {
    void this.#question(fromLine)
  }

  /** The lines in sight. */
  want(lines: readonly number[]): void {
    this.#wanted = lines
    this.#next()
  }

  grown(): void {
    this.#hasGrown = true
    this.#next()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  #next(): void {
    if (this.#isAsking || this.#isStopped || !this.#state.isOpen) return
    const missing = this.#wanted.find((n) => n < this.#state.total && !this.#lines.has(n))
    if (missing !== undefined) void this.#question(missing - (missing % PAGE_LINES))
    // The last line may have been half a line.
    else if (this.#hasGrown) {
      this.#hasGrown = false
      void this.#question(Math.max(0, this.#state.total - 1))
    }
  }

  async #question(fromLine: number): Promise<void> {
    this.#isAsking = true
    this.#cancel?.()
    try {
      // A page that an answer could not hold is gone on with at what is missing of it.
      const from = this.#firstMissing(fromLine)
      const answer = await this.#ask(from, PAGE_LINES)
      if (this.#isStopped) return
      this.#take(answer)
    } catch (error) {
      this.#fail(error, () => void this.#question(fromLine))
      return
    } finally {
      this.#isAsking = false
    }
    this.#next()
  }

  #firstMissing(from: number): number {
    if (from < 0 || from >= this.#state.total - 1) return from
    const page = from - (from % PAGE_LINES)
    for (let n = page; n < page + PAGE_LINES; n++) if (!this.#lines.has(n)) return n
    return from
  }

  #take({ lines, total, size, isDone }: LinesAnswer): void {
    for (const line of lines) this.#lines.set(line.line, line)
    if (this.#lines.size > KEPT_LINES) this.#forget()
    this.#set({
      total: Math.max(total, this.#state.total),
      size,
      isDone,
      isOpen: true,
      trouble: undefined,
    })
  }

  #fail(error: unknown, again: () => void): void {
    if (this.#isStopped) return
    this.#set({ ...this.#state, trouble: error instanceof Error ? error.message : String(error) })
    this.#cancel = this.#again(again)
  }

  #forget(): void {
    const [first = 0] = this.#wanted
    const near = KEPT_LINES / 4
    for (const n of this.#lines.keys()) if (Math.abs(n - first) > near) this.#lines.delete(n)
  }

  #set(state: LogState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

function later(work: () => void): () => void {
  const timer = setTimeout(work, AGAIN_MS)
  return () => clearTimeout(timer)
}
