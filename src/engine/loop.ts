/**
 * The reconciler loop. Takes what is due, hands each key to its reconciler, keeps the leases while
 * they run, and puts back what wants to be looked at again. A reconciler compares observed with
 * desired and moves one step; run twice it does nothing the second time.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from './bus.ts'
import { extend, nextDueIn, settle, take, type Taken } from './due.ts'
import type { Logger } from './log.ts'
import type { Database } from './sql.ts'
import type { DomainEvent } from './store.ts'
import type { ViewEvent } from './views.ts'

export interface Turn {
  /** Grows with every lease of any key: what two holders of one key differ in. */
  readonly fence: number
  /** Aborted when the lease is lost or the server stops: begin no further effect. */
  readonly signal: AbortSignal
  /** For how long the key had been due: what a figure of lag is made of. */
  readonly lateMs?: number
}

/** Look again at that instant; nothing: when next woken. */
export type Next = { readonly at: number } | undefined | void

export interface Reconciler {
  readonly kind: string
  /** How many keys at once in one process. */
  readonly concurrency: number
  /** Stream kinds whose events wake it. */
  readonly hears: readonly string[]
  /** The keys that this event wakes. */
  wokenBy(event: ViewEvent<DomainEvent>): readonly string[]
  reconcile(key: string, turn: Turn): Promise<Next>
}

/** Checks the definition's types and forgets them: reconcilers of all rooms stand in one list. */
export function defineReconciler<E extends DomainEvent>(
  reconciler: Omit<Reconciler, 'wokenBy'> & {
    wokenBy(event: ViewEvent<E>): readonly string[]
  },
): Reconciler {
  return reconciler
}

// A crashed holder is replaced within lease + poll: under the five seconds we promise.
const LEASE_MS = 4_000
/** How long a silent loop sleeps at most; leases of crashed holders are found by this. */
const POLL_MS = 500
const BACK_OFF_MS = 200
const BACK_OFF_MS_MAX = 300_000
// With the back-off above this is about an hour and a half of trying.
const ATTEMPTS_MAX = 25

export class ReconcilerLoop {
  readonly #database: Database
  readonly #bus: Bus
  readonly #log: Logger
  readonly #owner = randomUUID()
  readonly #reconcilers: ReadonlyMap<string, Reconciler>
  readonly #running = new Map<
    number,
    { kind: string; abort: AbortController; done: Promise<void> }
  >()
  #stopping = false
  #loop: Promise<void> | undefined
  #beat: NodeJS.Timeout | undefined

  constructor(database: Database, bus: Bus, reconcilers: readonly Reconciler[], log: Logger) {
    this.#database = database
    this.#bus = bus
    this.#log = log
    this.#reconcilers = new Map(reconcilers.map((reconciler) => [reconciler.kind, reconciler]))
  }

  start(): void {
    this.#loop = this.#turn()
    this.#beat = setInterval(() => void this.#extend(), LEASE_MS / 3)
  }

  /** Lets what runs come to its end, for a while; what does not is told to stop. */
  async stop(patienceMs = 5_000): Promise<void> {
    this.#stopping = true
    this.#bus.ring()
    await this.#loop
    const all = Promise.all([...this.#running.values()].map((run) => run.done))
    await Promise.race([all, sleep(patienceMs, undefined, { ref: false })])
    for (const run of this.#running.values()) run.abort.abort()
    await Promise.race([all, sleep(patienceMs, undefined, { ref: false })])
    clearInterval(this.#beat)
  }

  async #turn(): Promise<void> {
    while (!this.#stopping) {
      const seen = this.#bus.rings
      const taken = await this.#take()
      for (const each of taken) this.#run(each)
      if (taken.length === 0) await this.#idle(seen)
    }
  }

  async #take(): Promise<readonly Taken[]> {
    const limits = new Map<string, number>()
    for (const { kind, concurrency } of this.#reconcilers.values()) {
      const busy = [...this.#running.values()].filter((run) => run.kind === kind).length
      if (busy < concurrency) limits.set(kind, concurrency - busy)
    }
    if (limits.size === 0) return []
    try {
      return await take(this.#database, this.#owner, LEASE_MS, limits)
    } catch (error) {
      this.#log.warn({ err: error }, 'the due table cannot be read')
      return []
    }
  }

  /** Sleeps until somebody rings, a row falls due, or the poll says to look anyway. */
  async #idle(seen: number): Promise<void> {
    const kinds = [...this.#reconcilers.keys()]
    const dueMs = await nextDueIn(this.#database, kinds).catch(() => undefined)
    // What is due and yet was not taken waits for room here: the end of a run rings the bell.
    const ms = dueMs === undefined || dueMs <= 0 ? POLL_MS : Math.min(POLL_MS, dueMs + 1)
    await this.#bus.heardSince(seen, ms)
  }

  #run(taken: Taken): void {
    const abort = new AbortController()
    const done = this.#reconcile(taken, abort.signal).finally(() => {
      this.#running.delete(taken.fence)
      this.#bus.ring()
    })
    this.#running.set(taken.fence, { kind: taken.kind, abort, done })
  }

  async #reconcile(taken: Taken, signal: AbortSignal): Promise<void> {
    const reconciler = this.#reconcilers.get(taken.kind)
    if (reconciler === undefined) return
    try {
      const { key, fence, lateMs } = taken
      const next = await reconciler.reconcile(key, { fence, signal, lateMs })
      await settle(this.#database, taken, { at: next?.at })
    } catch (error) {
      await this.#fail(taken, error).catch(() => {
        // The database is away: the lease runs out and the key is taken again.
      })
    }
  }

  async #fail(taken: Taken, error: unknown): Promise<void> {
    const backOffMs = Math.min(BACK_OFF_MS * 2 ** Math.min(taken.attempt, 20), BACK_OFF_MS_MAX)
    const dead = taken.attempt >= ATTEMPTS_MAX
    const fields = { kind: taken.kind, key: taken.key, attempt: taken.attempt, err: error }
    if (dead) this.#log.error(fields, 'reconciling was given up')
    else this.#log.warn(fields, 'reconciling failed, and is tried again')
    await settle(this.#database, taken, {
      // Half of it is chance, so that a hundred keys that failed together do not return together.
      at: Date.now() + backOffMs * (0.5 + Math.random() / 2),
      error: error instanceof Error ? error.message.slice(0, 2_000) : String(error),
      dead,
    })
  }

  async #extend(): Promise<void> {
    if (this.#running.size === 0) return
    const fences = [...this.#running.keys()]
    try {
      const ours = await extend(this.#database, this.#owner, LEASE_MS, fences)
      for (const fence of fences) if (!ours.has(fence)) this.#running.get(fence)?.abort.abort()
    } catch {
      // Not extended: if it lasts, another holder takes over and the fence tells us apart.
    }
  }
}
