/**
 * The live feed: one reader a process follows the settled events and hands them to everyone who
 * watches. A watcher that names a place is first shown what it missed, without a gap or a repeat.
 */
import type { Bus } from './bus.ts'
import type { Logger } from './log.ts'
import type { Database } from './sql.ts'
import { after, type Cursor, head, isAfter, type Recorded } from './store.ts'

const PAGE = 500
/** Looks by itself this often, in case nobody rang. */
const POLL_MS = 1_000
/** A watcher that missed more than this is told to start afresh. */
const REPLAY_MAX = 5_000

export type Watcher = (event: Recorded) => void

export class Feed {
  readonly #database: Database
  readonly #bus: Bus
  readonly #log: Logger
  readonly #watchers = new Set<Watcher>()
  #cursor: Cursor | undefined
  #reading = false
  #again = false
  #timer: NodeJS.Timeout | undefined
  #silence: (() => void) | undefined

  constructor(database: Database, bus: Bus, log: Logger) {
    this.#database = database
    this.#bus = bus
    this.#log = log
  }

  async start(): Promise<void> {
    this.#cursor = await head(this.#database)
    this.#silence = this.#bus.onRing(() => void this.#read())
    this.#timer = setInterval(() => void this.#read(), POLL_MS)
  }

  stop(): void {
    this.#silence?.()
    clearInterval(this.#timer)
    this.#watchers.clear()
  }

  /**
   * Calls `watcher` for every event after `from` (now, when left out). Resolves with how to stop
   * once what was missed has been shown; `undefined` when too much was missed to show.
   */
  async watch(watcher: Watcher, from?: Cursor): Promise<(() => void) | undefined> {
    const stop = (entry: Watcher) => () => void this.#watchers.delete(entry)
    if (from === undefined) {
      const entry: Watcher = (event) => watcher(event)
      this.#watchers.add(entry)
      return stop(entry)
    }
    return this.#catchUp(watcher, from)
  }

  async #catchUp(watcher: Watcher, from: Cursor): Promise<(() => void) | undefined> {
    const held: Recorded[] = []
    let isLive = false
    let cursor = from
    const entry: Watcher = (event) => {
      if (!isLive) held.push(event)
      // The replay may have read further than the reader of all has come.
      else if (isAfter(event.cursor, cursor)) watcher(event)
    }
    this.#watchers.add(entry)
    const stop = () => void this.#watchers.delete(entry)
    try {
      if (!(await this.#replay(watcher, cursor, (at) => (cursor = at)))) {
        stop()
        return undefined
      }
    } catch (error) {
      stop()
      throw error
    }
    for (const event of held) if (isAfter(event.cursor, cursor)) watcher(event)
    isLive = true
    return stop
  }

  /** False: more was missed than is shown. */
  async #replay(watcher: Watcher, from: Cursor, moved: (to: Cursor) => void): Promise<boolean> {
    // A place beyond the end is of another history: a database that was restored, or made anew.
    if (isAfter(from, await head(this.#database))) return false
    let cursor = from
    for (let shown = 0; ;) {
      const page = await after(this.#database, cursor, PAGE)
      for (const event of page) watcher(event)
      cursor = page.at(-1)?.cursor ?? cursor
      moved(cursor)
      shown += page.length
      if (page.length < PAGE) return true
      if (shown >= REPLAY_MAX) return false
    }
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true
      return
    }
    this.#reading = true
    try {
      do {
        this.#again = false
        const page = await after(this.#database, this.#cursor ?? (await head(this.#database)), PAGE)
        for (const event of page) for (const watcher of this.#watchers) watcher(event)
        this.#cursor = page.at(-1)?.cursor ?? this.#cursor
        if (page.length === PAGE) this.#again = true
      } while (this.#again)
    } catch (error) {
      this.#log.warn({ err: error }, 'the feed cannot read')
    } finally {
      this.#reading = false
    }
  }
}
