/**
 * "Something was written": in this process at once, in the others by one NOTIFY per short while,
 * sent outside every transaction. Inside one it would serialise all commits (measured: 5 % of the
 * throughput is left). It only saves waiting; whoever listens also looks by itself now and then.
 */
import { EventEmitter } from 'node:events'
import type { Client } from 'pg'
import type { Database } from './sql.ts'

const CHANNEL = 'signalbox'
/** Long enough to gather a burst into one message, short enough that nobody notices. */
const GATHER_MS = 25
const RECONNECT_MS = 500

export class Bus {
  readonly #database: Database
  readonly #bell = new EventEmitter()
  #notify: NodeJS.Timeout | undefined
  #client: Client | undefined
  #closed = false
  #rings = 0

  constructor(database: Database) {
    this.#database = database
    this.#bell.setMaxListeners(0)
  }

  /** In this process only. */
  ring(): void {
    this.#rings++
    this.#bell.emit('ring')
  }

  /** A command was committed here. */
  announce(): void {
    this.ring()
    this.#notify ??= setTimeout(() => {
      this.#notify = undefined
      if (this.#closed) return
      this.#database.pool.query(`select pg_notify('${CHANNEL}', '')`).catch(() => {
        // The others look by themselves within their poll.
      })
    }, GATHER_MS)
  }

  /** How often it rang: remember it before looking, so that nothing rings unheard in between. */
  get rings(): number {
    return this.#rings
  }

  /** Resolves when it has rung since `seen`, or after `ms`. */
  async heardSince(seen: number, ms: number): Promise<void> {
    if (this.#rings !== seen) return
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#bell.off('ring', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#bell.once('ring', done)
    })
  }

  onRing(listener: () => void): () => void {
    this.#bell.on('ring', listener)
    return () => this.#bell.off('ring', listener)
  }

  async listen(): Promise<void> {
    const client = this.#database.client()
    const again = () => {
      client.removeAllListeners()
      client.on('error', () => {})
      if (!this.#closed) setTimeout(() => void this.listen().catch(() => {}), RECONNECT_MS).unref()
    }
    client.on('notification', () => this.ring())
    client.on('error', again)
    client.on('end', again)
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      this.#client = client
    } catch {
      again()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#notify)
    await this.#client?.end().catch(() => {})
  }
}
