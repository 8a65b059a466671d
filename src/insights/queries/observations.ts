/**
 * Everything that figures are counted from, out of the events. What is new is read and changes the
 * facts of its part alone (figures/parts); the rest is as it was.
 */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import { Fault } from '#kernel/fault.ts'
import type { ServiceColumns } from '../figures/columns.ts'
import type { Facts } from '../figures/facts/facts.ts'
import { Parts } from '../figures/parts/parts.ts'
import { observationsOf, OWN_KINDS, type Stored } from '../own.ts'

const PAGE = 5_000
/** What a server may keep of them. */
const OBSERVATIONS_MAX = 2_000_000

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
  readonly #parts = new Parts()
  /** Everything up to here is settled, and known. */
  #cursor: Place = { xid: '0', pos: 0 }
  /** Known too, by its position; what precedes it may yet be committed. */
  readonly #ahead = new Set<number>()
  #reading: Promise<unknown> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(reads: Reads) {
    this.#reads = reads
  }

  /** As they were known at the instant. Who asks while others are answered shares one reading. */
  async asOf(at: number): Promise<Facts> {
    await this.#read()
    return this.#parts.asOf(at)
  }

  /** The five of delivery, service by service. */
  async columns(at: number): Promise<readonly ServiceColumns[]> {
    await this.#read()
    return this.#parts.columns(at)
  }

  #read(): Promise<void> {
    return (this.#next ??= this.#readNext())
  }

  /** Begins when the one before has ended: what was told by then, it sees. */
  async #readNext(): Promise<void> {
    await this.#reading
    this.#next = undefined
    const reading = this.#catchUp()
    this.#reading = reading.catch(() => {})
    return reading
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
      if (this.#parts.size > OBSERVATIONS_MAX) this.#refuse()
    }
  }

  #refuse(): never {
    throw new Fault('insights.too-much', 'There is more than one answer can be counted from.', {
      remedy: `At most ${OBSERVATIONS_MAX} observations are counted at once.`,
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
