/**
 * Everything that figures are counted from, out of the events. What is settled is kept, up to a
 * bound, and only what is new is read; so are the facts, until there is something new.
 */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import { Fault } from '#kernel/fault.ts'
import type { Facts } from '../figures/facts/facts.ts'
import { factsOf } from '../figures/facts/facts-of.ts'
import type { Observation } from '../observations/observation.ts'
import { observationsOf, OWN_KINDS, type Stored } from '../own.ts'

const PAGE = 5_000
/** Some hundred bytes each: what a server may keep of them, and what one answer may be of. */
const [KEPT_MAX, OBSERVATIONS_MAX] = [400_000, 2_000_000]

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
  #settled: Observation[] = []
  #cursor: Place = { xid: '0', pos: 0 }
  #latest = 0
  #facts: Facts | undefined
  #reading: Promise<unknown> = Promise.resolve()
  #next: Promise<readonly Observation[]> | undefined

  constructor(reads: Reads) {
    this.#reads = reads
  }

  /** As they were known at the instant. Who asks while others are answered shares one reading. */
  async asOf(at: number): Promise<Facts> {
    const unsettled = await (this.#next ??= this.#readNext())
    if (unsettled.length > 0 || at < this.#latest)
      return factsOf([...this.#settled, ...unsettled], at)
    this.#facts ??= factsOf(this.#settled, Number.POSITIVE_INFINITY)
    return { ...this.#facts, asOf: at }
  }

  /** Begins when the one before has ended: what was told by then, it sees. */
  async #readNext(): Promise<readonly Observation[]> {
    await this.#reading
    this.#next = undefined
    // More than is kept is read anew each time, and forgotten when it was counted.
    if (this.#settled.length > KEPT_MAX) this.#forget()
    const reading = this.#catchUp()
    this.#reading = reading.catch(() => {})
    return reading
  }

  #forget(): void {
    ;[this.#settled, this.#facts, this.#cursor] = [[], undefined, { xid: '0', pos: 0 }]
  }

  /** Keeps what is settled, and answers what may yet be preceded by something older. */
  async #catchUp(): Promise<readonly Observation[]> {
    const unsettled: Observation[] = []
    let [place, isSettled] = [this.#cursor, true]
    for (;;) {
      const rows = await this.#page(place)
      const last = rows.at(-1)
      if (last === undefined) return unsettled
      for (const row of rows) {
        isSettled &&= row.settled
        const told = observationsOf(row)
        if (!isSettled) unsettled.push(...told)
        else if (told.length > 0) this.#keep(told)
        if (isSettled) this.#cursor = { xid: row.xid, pos: row.pos }
      }
      place = { xid: last.xid, pos: last.pos }
      if (this.#settled.length + unsettled.length > OBSERVATIONS_MAX) this.#refuse()
    }
  }

  #keep(told: readonly Observation[]): void {
    for (const one of told) {
      this.#settled.push(one)
      this.#latest = Math.max(this.#latest, one.recordedAt)
    }
    this.#facts = undefined
  }

  #refuse(): never {
    this.#forget()
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
