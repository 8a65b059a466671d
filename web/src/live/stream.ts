/**
 * What is heard on the line to the server. What changed is asked anew, at most a few times a
 * second; a measured tick goes straight into what is known. When the line is lost, its age shows.
 */
import type { QueryClient } from '@tanstack/react-query'
import { serverNow } from '../api/clock.ts'
import type { Deployment, DeploymentDetail } from '../api/rollouts.ts'
import { type Change, keysFor } from './invalidate.ts'
import { browserMeans, type Heard, Line } from './line.ts'
import { measuredIn, withTick, withVerdict } from './measure.ts'

/** Bursts become one question. */
const GATHER_MS = 250
/** Where answers take their time, as many times of it pass before the next question. */
const PAUSE = 2
const UNANSWERED_MS = 5_000
const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export interface Live {
  /** When something was last heard, by the server's clock: it beats when nothing changes. */
  readonly heardAt: number
  readonly connected: boolean
}

type Listener = () => void

export class LiveStream {
  #state: Live = { heardAt: serverNow(), connected: false }
  readonly #listeners = new Set<Listener>()
  readonly #client: QueryClient
  readonly #pending = new Map<string, readonly unknown[]>()
  /** Until what was asked last is answered. */
  #isGathering = false

  constructor(client: QueryClient) {
    this.#client = client
  }

  start(): void {
    new Line(browserMeans(), (heard) => this.#heard(heard)).start()
  }

  readonly subscribe = (listener: Listener) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  readonly snapshot = () => this.#state

  #heard(heard: Heard): void {
    if (heard.what === 'lost') {
      this.#set({ ...this.#state, connected: false })
      return
    }
    this.#set({ heardAt: serverNow(), connected: true })
    if (heard.what === 'opened' && heard.hasGap) void this.#client.invalidateQueries()
    if (heard.what === 'change') this.#changed(heard.change)
  }

  #changed(change: Change): void {
    if (this.#isTaken(change)) return
    for (const key of keysFor(change)) this.#pending.set(JSON.stringify(key), key)
    this.#gather(GATHER_MS)
  }

  #gather(ms: number): void {
    if (!this.#isGathering) setTimeout(() => void this.#flush(), ms)
    this.#isGathering = true
  }

  /** Whether the change said everything, and what is known was brought up to it. */
  #isTaken(change: Change): boolean {
    const measured = measuredIn(change)
    if (measured === undefined) return false
    this.#client.setQueriesData<unknown>({ queryKey: ['deployments'] }, (known: unknown) =>
      // The chain of an artifact is asked anew with the lists, and is none.
      Array.isArray(known) ? withVerdict(known as Deployment[], change, measured) : known,
    )
    const key = ['deployment', change.id]
    const known = this.#client.getQueryData<DeploymentDetail>(key)
    if (known === undefined) return true
    const next = withTick(known, change, measured)
    if (next !== undefined) this.#client.setQueryData(key, next)
    return next !== undefined
  }

  async #flush(): Promise<void> {
    const keys = [...this.#pending.values()]
    this.#pending.clear()
    const from = performance.now()
    const asked = keys.map((queryKey) => this.#client.invalidateQueries({ queryKey }))
    // A question that nobody answers must not keep the others from being asked.
    await Promise.race([Promise.all(asked), later(UNANSWERED_MS)])
    this.#isGathering = false
    if (this.#pending.size > 0)
      this.#gather(Math.max(GATHER_MS, PAUSE * (performance.now() - from)))
  }

  #set(state: Live): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
