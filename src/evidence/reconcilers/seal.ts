/**
 * One batch of the audit log: what is settled and not sealed becomes entries, the tree grows by
 * them, and a checkpoint is signed. One transaction; what is written outside the database comes
 * after it, from a table, and any number of times.
 */
import { randomBytes } from 'node:crypto'
import type { Engine } from '#engine/engine.ts'
import { checkpointText } from '../log/checkpoint.ts'
import { append } from '../log/edge.ts'
import { actorsOf, headerOf, writeHeader } from '../log/entry.ts'
import { keyOf, signed, type VerifierKey, writeNote } from '../log/note.ts'
import type { LogKeys, LogStore } from '../ports.ts'
import {
  flushed,
  type Head,
  keep,
  lockHead,
  type Place,
  pseudonymsOf,
  unflushed,
  unsealed,
  type Unsealed,
} from '../queries/sealing.ts'

/** Above it a batch gains nothing, and the writer's memory grows with it. */
export const BATCH_MAX = 4_096
/** Eight MiB of tiles at once. */
const FLUSH_MAX = 256
const PUTS_AT_ONCE = 16
const PSEUDONYMS_MAX = 20_000

export interface Sealing {
  readonly database: Engine['database']
  readonly keys: LogKeys
  readonly store: LogStore
  now(): number
}

export interface Sealed {
  readonly head: Head
  readonly count: number
  /** Something in it was ordered to be forgotten. */
  readonly hasOrders: boolean
}

export class Sealer {
  readonly #parts: Sealing
  /** Who is called how: asked again for those who come anew. */
  readonly #pseudonyms = new Map<string, string>()
  #ahead: { readonly after: Place; readonly events: Promise<readonly Unsealed[]> } | undefined

  constructor(parts: Sealing) {
    this.#parts = parts
  }

  /** Undefined: there was nothing, or another server is at it. */
  async seal(limit = BATCH_MAX): Promise<Sealed | undefined> {
    const { database, keys, now } = this.#parts
    return database.transaction(async (session) => {
      const head = await lockHead(session)
      if (head === undefined) return undefined
      const events = await this.#eventsAfter(head.last, limit)
      if (events.length === 0) return undefined
      const entries = await this.#entriesOf(events)
      const done = append(head, entries)
      const checkpoint = sign(keys, head.origin, { ...done, now: now() })
      keep(session, { head, done, events, checkpoint, now: now() })
      const next = { ...head, ...done.edge, checkpoint, last: events.at(-1) ?? head.last }
      const hasOrders = events.some(({ type }) => type === 'audit.erasureOrdered')
      return { head: next, count: events.length, hasOrders }
    })
  }

  /** Of a long queue the next batch is read while this one is hashed and kept. */
  async #eventsAfter(last: Place, limit: number): Promise<readonly Unsealed[]> {
    const { database } = this.#parts
    const ahead = this.#ahead
    this.#ahead = undefined
    const isNext = ahead?.after.pos === last.pos && ahead.after.xid === last.xid
    const known = isNext ? await ahead.events : []
    // One that was not full when it was read may be longer by now.
    const events = known.length >= limit ? known : await unsealed(database, last, limit)
    const after = events.at(-1)
    if (events.length < limit || after === undefined) return events
    // Whoever asks for it reads again, and is told what is wrong.
    this.#ahead = { after, events: unsealed(database, after, limit).catch(() => []) }
    return events
  }

  async #entriesOf(events: readonly Unsealed[]): Promise<Buffer[]> {
    const strangers = new Set(
      events.flatMap(actorsOf).filter((each) => !this.#pseudonyms.has(each)),
    )
    if (this.#pseudonyms.size > PSEUDONYMS_MAX) this.#pseudonyms.clear()
    const asked = this.#pseudonyms.size === 0 ? new Set(events.flatMap(actorsOf)) : strangers
    if (asked.size > 0) {
      const found = await pseudonymsOf(this.#parts.database, [...asked], newPseudonym)
      for (const [actor, pseudonym] of found) this.#pseudonyms.set(actor, pseudonym)
    }
    const pseudonym = (actor: string) => this.#pseudonyms.get(actor) ?? ''
    return events.map((event) => writeHeader(headerOf(event, pseudonym)))
  }

  /** Full tiles to where they stay. Answers how many there were. */
  async flush(): Promise<number> {
    const { database, store } = this.#parts
    const tiles = await unflushed(database, FLUSH_MAX)
    const put = async ({ epoch, path, bytes }: (typeof tiles)[number]) =>
      store.put(inEpoch(epoch, path), bytes)
    // Each waits for a disk or a network, and they are of no order.
    for (let at = 0; at < tiles.length; at += PUTS_AT_ONCE)
      await Promise.all(tiles.slice(at, at + PUTS_AT_ONCE).map(put))
    if (tiles.length > 0) await flushed(database, tiles)
    return tiles.length
  }
}

/** The first epoch's files lie at the root, so that the folder is a log as any reader knows it. */
export const inEpoch = (epoch: number, path: string): string =>
  epoch === 1 ? path : `e${epoch}/${path}`

export const originOf = (origin: string, epoch: number): string =>
  epoch === 1 ? origin : `${origin}/e${epoch}`

const newPseudonym = () => `p_${randomBytes(12).toString('base64url')}`

export const verifierKeys = (keys: LogKeys, origin: string): VerifierKey[] =>
  keys.signers.map(({ type, publicKey }) => keyOf(origin, type, publicKey))

function sign(
  keys: LogKeys,
  origin: string,
  { edge, root, now }: ReturnType<typeof append> & { readonly now: number },
): string {
  const text = checkpointText({ origin, size: edge.size, root })
  const seconds = Math.floor(now / 1000)
  const signatures = keys.signers.map((signer) =>
    signed(keyOf(origin, signer.type, signer.publicKey), (message) => signer.sign(message), {
      text,
      seconds,
    }),
  )
  return writeNote({ text, signatures })
}
