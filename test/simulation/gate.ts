/**
 * Every letter that a server sends to the database, and every call it makes to a target, passes its
 * gate. Before any of them it may be killed, lose its connections, stand still, or meet somebody
 * else's work. What is to happen is fixed before each turn, so it happens again.
 */
import type pg from 'pg'
import { Batch } from '#engine/batch.ts'
import type { Database } from '#engine/sql.ts'
import { Killed } from '../support/virtual-loop.ts'
import { tear } from './torn.ts'

export type Mishap =
  | 'killed between two statements'
  | 'connections cut'
  | 'connection lost in mid-statement'
  | 'database restarted'
  | 'database away for a whole turn'
  | 'stood still past its lease'
  | 'others in between'

export interface Plan {
  /** Before the n-th statement or call of the turn; or around its first effect. */
  readonly at: number | 'before an effect' | 'after an effect'
  readonly what: Mishap
  /** Of the statements in one letter, those that are run before it is torn. */
  readonly share: number
}

export interface GateHooks {
  /** Ends these backends, and waits until they are gone. */
  terminate(pids: readonly number[]): Promise<void>
  /** Stops the database at once, and starts it again, or leaves that for when the turn is over. */
  stopDatabase(isBackAtOnce: boolean): Promise<void>
  /** Lets the world go on while this server waits. */
  meanwhile(what: Mishap): Promise<void>
  happened(what: Mishap): void
}

type Client = pg.PoolClient & { readonly processID?: number | null }
type Callback = (error: unknown, result?: unknown) => void

/** What is sent, and on which connection; several statements in one letter are a batch. */
interface Letter {
  readonly client: Client
  readonly batch?: Batch
}

const MID = 'connection lost in mid-statement'
/** What happens in the middle of a transaction as well. */
const ANYWHERE: readonly Mishap[] = [
  'killed between two statements',
  'connections cut',
  'database restarted',
  'database away for a whole turn',
]

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

  /** Resolves when every connection that is open now is gone. */
  whenGone(): Promise<unknown> {
    // Not `once` of node:events: an error comes first, and is what we want here.
    return Promise.all([...this.#clients].map(whenGone))
  }

  /** Resolves when it is through, with what comes of it. */
  async pass<T>(what: string, work: () => Promise<T>, letter?: Letter): Promise<T> {
    // The bell for other processes: it comes from a timer, and may be lost.
    if (what.includes('pg_notify')) return work()
    const meets = await this.#meet(what, letter)
    this.statements++
    if (what === 'effect') this.#acted = true
    return meets === undefined || letter === undefined ? work() : this.#lose(letter, meets, work)
  }

  /** Answers a plan that does not come before the statement but in the middle of it. */
  async #meet(next: string, letter: Letter | undefined): Promise<Plan | undefined> {
    if (this.#isDead) throw new Killed('it is dead already')
    const plan = this.#plan
    this.#passed++
    if (plan === undefined || !this.#isReached(plan, next)) return undefined
    const { what } = plan
    // Others would wait for what an open transaction has locked, and we for them.
    const canWait = this.#inside.size === 0
    const isNow = what === MID ? letter !== undefined : canWait || ANYWHERE.includes(what)
    if (!isNow) return undefined
    this.#plan = undefined
    this.#hooks.happened(what)
    if (what === MID) return plan
    if (what === 'killed between two statements') {
      this.#isDead = true
      throw new Killed(what)
    }
    if (what === 'connections cut') await this.#cut()
    else if (what === 'database restarted') await this.#hooks.stopDatabase(true)
    else if (what === 'database away for a whole turn') await this.#hooks.stopDatabase(false)
    else await this.#hooks.meanwhile(what)
    return undefined
  }

  async #lose<T>(letter: Letter, { share }: Plan, work: () => Promise<T>): Promise<T> {
    const { client, batch } = letter
    const gone = whenGone(client)
    if (batch !== undefined) {
      tear(batch, share, gone)
      return work()
    }
    // One statement alone was done, or it was not.
    const isDone = share >= 0.5
    if (isDone) await work()
    await this.#hooks.terminate([client.processID ?? 0])
    await gone
    if (isDone) throw new Error('Connection terminated unexpectedly')
    return work()
  }

  #isReached({ at }: Plan, next: string): boolean {
    if (at === 'before an effect') return next === 'effect'
    return at === 'after an effect' ? this.#acted : this.#passed >= at
  }

  async #cut(): Promise<void> {
    const gone = this.whenGone()
    await this.#hooks.terminate([...this.#clients].flatMap(({ processID }) => processID ?? []))
    await gone
  }

  #watch(client: Client): void {
    this.#clients.add(client)
    client.once('end', () => this.#clients.delete(client))
    const send = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    const pass = (...args: unknown[]): unknown => {
      const [query] = args
      const what = nameOf(query)
      if (what === 'begin') {
        this.#inside.add(client)
        this.transactions++
      }
      if (query instanceof Batch) {
        this.pass(what, async () => void send(query), { client, batch: query }).catch(
          (error: Error) => query.handleError(error, NOBODY),
        )
        return query
      }
      const last = args.at(-1)
      if (typeof last !== 'function') return this.pass(what, () => send(...args), { client })
      const callback = last as Callback
      this.pass(what, () => send(...args.slice(0, -1)), { client }).then(
        (result) => callback(undefined, result),
        (error: unknown) => callback(error),
      )
      return undefined
    }
    client.query = pass as typeof client.query
  }
}

/** Of a connection on which nothing was prepared. */
const NOBODY = { submittedNamedStatements: {} } as unknown as pg.Connection

function whenGone(client: Client): Promise<unknown> {
  return new Promise((done) => client.once('end', done))
}

function nameOf(query: unknown): string {
  if (typeof query === 'string') return query
  const { name, text } = query as { readonly name?: string; readonly text?: string }
  return (name || text) ?? ''
}
