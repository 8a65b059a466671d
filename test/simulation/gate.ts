/**
 * Every letter that a server sends to the database, and every call it makes to a target, passes its
 * gate. Before any of them it may be killed, lose its connections, stand still, or meet somebody
 * else's work. What is to happen is fixed before each turn, so it happens again.
 */
import type pg from 'pg'
import type { Database } from '#engine/sql.ts'
import { Killed } from '../support/virtual-loop.ts'

export type Mishap =
  | 'killed between two statements'
  | 'connections cut'
  | 'stood still past its lease'
  | 'others in between'

export interface Plan {
  /** Before the n-th statement or call of the turn; or around its first effect. */
  readonly at: number | 'before an effect' | 'after an effect'
  readonly what: Mishap
}

export interface GateHooks {
  /** Ends these backends, and waits until they are gone. */
  terminate(pids: readonly number[]): Promise<void>
  /** Lets the world go on while this server waits. */
  meanwhile(what: Mishap): Promise<void>
  happened(what: Mishap): void
}

type Client = pg.PoolClient & { readonly processID?: number | null }
type Callback = (error: unknown, result?: unknown) => void

/** Several statements in one letter: what is waited for is not what `query` returns. */
interface Batch {
  readonly answers: Promise<unknown>
  handleError(error: Error, connection: unknown): void
}

export class Gate {
  readonly #hooks: GateHooks
  readonly #clients = new Set<Client>()
  /** Those in the middle of a transaction. */
  readonly #inside = new Set<Client>()
  #plan: Plan | undefined
  #passed = 0
  #acted = false
  #isDead = false
  /** In all. */
  statements = 0
  transactions = 0

  constructor({ pool }: Database, hooks: GateHooks) {
    this.#hooks = hooks
    pool.on('connect', (client) => this.#watch(client))
    pool.on('release', (_error, client) => void this.#inside.delete(client))
    pool.on('remove', (client) => {
      this.#clients.delete(client)
      this.#inside.delete(client)
    })
  }

  /** A new turn, or a new process. */
  reset(plan?: Plan): void {
    this.#plan = plan
    this.#passed = 0
    this.#acted = false
    this.#isDead = false
  }

  /** Resolves when it is through, with what comes of it. */
  async pass<T>(what: string, work: () => Promise<T>): Promise<T> {
    // The bell for other processes: it comes from a timer, and may be lost.
    if (what.includes('pg_notify')) return work()
    await this.#meet(what)
    this.statements++
    if (what === 'effect') this.#acted = true
    return work()
  }

  async #meet(next: string): Promise<void> {
    if (this.#isDead) throw new Killed('it is dead already')
    const plan = this.#plan
    this.#passed++
    if (plan === undefined || !this.#isReached(plan, next)) return
    const { what } = plan
    // Others would wait for what an open transaction has locked, and we for them.
    const canWait = this.#inside.size === 0
    if (what !== 'killed between two statements' && what !== 'connections cut' && !canWait) return
    this.#plan = undefined
    this.#hooks.happened(what)
    if (what === 'killed between two statements') {
      this.#isDead = true
      throw new Killed(what)
    }
    if (what === 'connections cut') return this.#cut()
    await this.#hooks.meanwhile(what)
  }

  #isReached({ at }: Plan, next: string): boolean {
    if (at === 'before an effect') return next === 'effect'
    return at === 'after an effect' ? this.#acted : this.#passed >= at
  }

  async #cut(): Promise<void> {
    const clients = [...this.#clients]
    // Not `once` of node:events: an error comes first, and is what we want here.
    const gone = clients.map((client) => new Promise((done) => client.once('end', done)))
    await this.#hooks.terminate(clients.flatMap(({ processID }) => processID ?? []))
    await Promise.all(gone)
  }

  #watch(client: Client): void {
    this.#clients.add(client)
    const send = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    const pass = (...args: unknown[]): unknown => {
      const [query] = args
      const what = nameOf(query)
      if (what === 'begin') {
        this.#inside.add(client)
        this.transactions++
      }
      if (isBatch(query)) {
        this.pass(what, async () => void send(query)).catch((error: Error) =>
          query.handleError(error, { submittedNamedStatements: {} }),
        )
        return query
      }
      const last = args.at(-1)
      if (typeof last !== 'function') return this.pass(what, () => send(...args))
      const callback = last as Callback
      this.pass(what, () => send(...args.slice(0, -1))).then(
        (result) => callback(undefined, result),
        (error: unknown) => callback(error),
      )
      return undefined
    }
    client.query = pass as typeof client.query
  }
}

function isBatch(query: unknown): query is Batch {
  return typeof query === 'object' && query !== null && 'answers' in query
}

function nameOf(query: unknown): string {
  if (typeof query === 'string') return query
  const { name, text } = query as { readonly name?: string; readonly text?: string }
  return (name || text) ?? ''
}
