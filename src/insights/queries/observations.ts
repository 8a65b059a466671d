/**
 * Everything that figures are counted from, out of the events. What is new is read and changes the
 * facts of its part alone (figures/parts); the rest is as it was.
 */
import { setImmediate } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import { Fault } from '#kernel/fault.ts'
import type { ServiceColumns } from '../figures/columns.ts'
import type { Facts } from '../figures/facts/facts.ts'
import { Parts } from '../figures/parts/parts.ts'
import type { Whole } from '../figures/parts/whole.ts'
import { observationsOf, OWN_KINDS, type Stored } from '../own.ts'
import { packing } from './packing.ts'

const PAGE = 5_000
/** A kilobyte each while they are not packed. */
const OPEN_MAX = 50_000
/**
 * What is kept of one at the end, with its share of the facts (bench/insights). An answer as of
 * long ago takes the same again.
 */
const [KEPT_BYTES, HEAP_SHARE_MAX] = [700, 0.4]

interface Row extends Stored {
  readonly xid: string
  readonly pos: number
  readonly settled: boolean
}
interface Place {
  readonly xid: string
  readonly pos: number
}

export class KnownFacts {
  readonly #reads: Reads
  readonly #parts = new Parts(packing, OPEN_MAX)
  /** Everything up to here is settled, and known. */
  #cursor: Place = { xid: '0', pos: 0 }
  /** Known too, by its position; what precedes it may yet be committed. */
  readonly #ahead = new Set<number>()
  /** One thing at a time is done to the parts. */
  #last: Promise<unknown> = Promise.resolve()
  #next: Promise<void> | undefined
  /** What was asked for last, as of then; more may have been told since. */
  #then: { readonly at: number; readonly size: number; readonly whole: Whole } | undefined

  constructor(reads: Reads) {
    this.#reads = reads
  }

  /** As they were known at the instant. */
  async asOf(at: number): Promise<Facts> {
    return (await this.#wholeAt(at)).facts(at)
  }

  /** The five of delivery, service by service. */
  async columns(at: number): Promise<readonly ServiceColumns[]> {
    return (await this.#wholeAt(at)).columns()
  }

  async #wholeAt(at: number): Promise<Whole> {
    // Who asks while others are answered shares one reading, which begins when theirs has ended.
    await (this.#next ??= this.#alone(() => this.#read()))
    if (!this.#parts.isMoreThan(at)) return this.#parts.now()
    return this.#alone(() => this.#wholeThen(at))
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }

  async #read(): Promise<void> {
    this.#next = undefined
    await this.#catchUp()
    await this.#settle()
  }

  async #wholeThen(at: number): Promise<Whole> {
    const { size } = this.#parts
    if (this.#then?.at === at && this.#then.size === size) return this.#then.whole
    this.#then = undefined
    const counting = this.#parts.asOf(at)
    for (let step = counting.next(); ; step = counting.next()) {
      if (step.done === true) {
        this.#then = { at, size, whole: step.value }
        return step.value
      }
      await setImmediate()
    }
  }

  /** A part at a time: a server that counts many has other things to do, too. */
  async #settle(): Promise<void> {
    while (this.#parts.settle(1)) await setImmediate()
  }

  async #catchUp(): Promise<void> {
    let [place, isSettled] = [this.#cursor, true]
    for (;;) {
      const rows = await this.#page(place)
      const last = rows.at(-1)
      if (last === undefined) return
      for (const row of rows) {
        isSettled &&= row.settled
        if (!this.#ahead.has(row.pos)) this.#parts.add(observationsOf(row))
        if (!isSettled) this.#ahead.add(row.pos)
        else {
          this.#ahead.delete(row.pos)
          this.#cursor = { xid: row.xid, pos: row.pos }
        }
      }
      place = { xid: last.xid, pos: last.pos }
      this.#refuseTooMany()
    }
  }

  /** Better no figures than no server. */
  #refuseTooMany(): void {
    const most = Math.floor((getHeapStatistics().heap_size_limit * HEAP_SHARE_MAX) / KEPT_BYTES)
    if (this.#parts.size <= most) return
    throw new Fault('insights.too-much', 'There is more than this server has memory to count.', {
      remedy: `It counts ${most} observations; give it more (NODE_OPTIONS=--max-old-space-size).`,
      retry: false,
    })
  }

  async #page({ xid, pos }: Place): Promise<readonly Row[]> {
    const { rows } = await sql<Row>`
      select stream, version, data as event, recorded_at as "recordedAt", xid::text, pos,
        xid < pg_snapshot_xmin(pg_current_snapshot()) as settled
      from events
      where (xid, pos) > (${xid}::xid8, ${pos}::bigint)
        and split_part(stream, '-', 1) = any(${[...OWN_KINDS]})
      order by events.xid, pos limit ${PAGE}`.execute(this.#reads)
    return rows
  }
}
