/**
 * One stream of changes a browser tab. What changed is asked anew, at most a few times a second; a
 * measured tick goes straight into what is known. When the stream is lost, its age shows.
 */
import type { QueryClient } from '@tanstack/react-query'
import { serverNow } from '../api/clock.ts'
import type { Deployment, DeploymentDetail } from '../api/rollouts.ts'
import { type Change, keysFor } from './invalidate.ts'
import { measuredIn, withTick, withVerdict } from './measure.ts'

/** Bursts become one question. */
const GATHER_MS = 250
/** A browser comes back by itself from a cut line, but not from a refusal. */
const AGAIN_MS = 3_000

export interface Live {
  /** When something was last heard, by the server's clock. */
  readonly heardAt: number
  readonly connected: boolean
}

type Listener = () => void

export class LiveStream {
  #state: Live = { heardAt: serverNow(), connected: false }
  readonly #listeners = new Set<Listener>()
  readonly #client: QueryClient
  readonly #pending = new Map<string, readonly unknown[]>()
  #source: EventSource | undefined
  #wasAway = false
  #gathering: ReturnType<typeof setTimeout> | undefined
  #again: ReturnType<typeof setTimeout> | undefined

  constructor(client: QueryClient) {
    this.#client = client
  }

  start(): void {
    const source = new EventSource('/api/v1/stream')
    this.#source = source
    source.addEventListener('open', () => this.#opened())
    source.addEventListener('error', () => {
      this.#wasAway = true
      this.#set({ ...this.#state, connected: false })
      if (source.readyState === EventSource.CLOSED) this.#restart(AGAIN_MS)
    })
    // Kept, this stream would ask for the same missed events for ever.
    source.addEventListener('reset', () => this.#restart(0))
    source.addEventListener('change', (message) => this.#heard(JSON.parse(message.data) as Change))
  }

  readonly subscribe = (listener: Listener) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly snapshot = () => this.#state

  /** Who was away before the first event has no place to resume from: everything is asked anew. */
  #opened(): void {
    if (this.#wasAway) void this.#client.invalidateQueries()
    this.#wasAway = false
    this.#set({ heardAt: serverNow(), connected: true })
  }

  #restart(afterMs: number): void {
    this.#source?.close()
    clearTimeout(this.#again)
    this.#wasAway = true
    this.#again = setTimeout(() => this.start(), afterMs)
  }

  #heard(change: Change): void {
    this.#set({ heardAt: serverNow(), connected: true })
    if (this.#isTaken(change)) return
    for (const key of keysFor(change)) this.#pending.set(JSON.stringify(key), key)
    if (this.#gathering === undefined) this.#gathering = setTimeout(() => this.#flush(), GATHER_MS)
  }

  /** Whether the change said everything, and what is known was brought up to it. */
  #isTaken(change: Change): boolean {
    const measured = measuredIn(change)
    if (measured === undefined) return false
    this.#client.setQueriesData<readonly Deployment[]>({ queryKey: ['deployments'] }, (rows) =>
      rows === undefined ? rows : withVerdict(rows, change, measured),
    )
    const key = ['deployment', change.id]
    const known = this.#client.getQueryData<DeploymentDetail>(key)
    if (known === undefined) return true
    const next = withTick(known, change, measured)
    if (next !== undefined) this.#client.setQueryData(key, next)
    return next !== undefined
  }

  #flush(): void {
    this.#gathering = undefined
    for (const queryKey of this.#pending.values()) void this.#client.invalidateQueries({ queryKey })
    this.#pending.clear()
  }

  #set(state: Live): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
