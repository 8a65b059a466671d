/**
 * One server of two: the real engine and the real reconcilers, taking what is due by the engine's
 * own lease and putting it back, as the loop does, but one turn at a time and when it is told to.
 */
import { authorize } from '#access/permissions.ts'
import { extend, settle, take, type Taken } from '#engine/due.ts'
import { Engine } from '#engine/engine.ts'
import type { Reconciler } from '#engine/loop.ts'
import { makeLogger } from '#engine/log.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import type { View } from '#engine/views.ts'
import { Fault } from '#kernel/fault.ts'
import type { Artifacts, Prober, Target } from '#rollouts/ports.ts'
import { reconcilers as operating } from '#operations/reconcilers.ts'
import { reconcilers as rolling } from '#rollouts/reconcilers/room.ts'
import { Killed } from '../support/virtual-loop.ts'
import { Gate, type GateHooks, type Plan } from './gate.ts'
import type { Look } from './chores.ts'
import { noMetrics } from '../support/no-metrics.ts'

const quiet = makeLogger('silent')
/** Many worlds share one PostgreSQL, which lets in a hundred. */
const CONNECTIONS_MAX = 6
/** As the loop has it. */
const LEASE_MS = 4_000
const BACK_OFF_MS = 200
const BACK_OFF_MS_MAX = 300_000

export interface ServerParts {
  readonly name: string
  readonly address: DatabaseAddress
  readonly views: readonly View[]
  readonly now: () => number
  readonly hooks: GateHooks
  readonly artifacts: Artifacts
  readonly prober: Prober
  /** When to look again, of what a turn asks for. */
  look(look: Look): Promise<number | undefined>
  /** The world's target, as this server reaches it. */
  target(server: Server): Target
}

export class Server {
  readonly name: string
  readonly database: Database
  readonly gate: Gate
  readonly #parts: ServerParts
  readonly #target: Target
  #life = 0
  #loops = new Map<string, Reconciler>()
  engine: Engine
  /** What it is at; undefined between turns. */
  turn: (Taken & { readonly signal: AbortController }) | undefined

  constructor(parts: ServerParts) {
    this.name = parts.name
    this.#parts = parts
    this.database = new Database(parts.address, quiet, CONNECTIONS_MAX)
    this.gate = new Gate(this.database, parts.hooks)
    this.#target = parts.target(this)
    this.engine = this.#boot()
  }

  get now(): () => number {
    return this.#parts.now
  }

  /** A process that knows nothing of what the last one remembered. */
  restart(): void {
    this.engine = this.#boot()
  }

  #boot(): Engine {
    const { views, artifacts, prober, now } = this.#parts
    this.#life++
    this.gate.reset()
    const engine = new Engine({ database: this.database, views, authorize, log: quiet })
    const metrics = noMetrics
    const needs = { engine, log: quiet, target: this.#target, artifacts, metrics, prober, now }
    const loops = [...rolling(needs), ...operating(needs)]
    engine.use(loops)
    this.#loops = new Map(loops.map((each) => [each.kind, each]))
    return engine
  }

  /** Takes the one thing of this kind that is due first, and reconciles it. Says how it went. */
  async reconcile(kind: string, plan: Plan | undefined): Promise<string> {
    this.gate.reset(plan)
    try {
      const [taken] = await take(this.database, this.#owner, LEASE_MS, new Map([[kind, 1]]))
      if (taken === undefined) return 'nobody was due'
      return await this.#turn(taken)
    } catch (error) {
      // The database was away: what was taken stays taken until the lease is over.
      if (isOfTheWorld(error)) return `failed: ${error.message}`
      if (!(error instanceof Killed)) throw error
      this.restart()
      return 'killed'
    } finally {
      this.turn = undefined
      this.gate.reset()
    }
  }

  async #turn(taken: Taken): Promise<string> {
    const { kind, key, fence, generation } = taken
    const signal = new AbortController()
    this.turn = { ...taken, signal }
    try {
      const turn = { fence, signal: signal.signal }
      const next = await this.#loops.get(kind)?.reconcile(key, turn)
      const at = await this.#parts.look({ kind, key, generation, at: next?.at, now: this.now() })
      await settle(this.database, taken, { at, now: this.now() })
      return next === undefined ? 'rests' : `again at +${next.at - this.now()} ms`
    } catch (error) {
      // What is neither a fault nor our killing is a bug, and ends the simulation.
      if (!isOfTheWorld(error)) throw error
      await this.#fail(taken, error)
      return `failed: ${error.message}`
    }
  }

  /** As the loop backs off, without the chance in it. */
  async #fail(taken: Taken, error: Error): Promise<void> {
    const backOffMs = Math.min(BACK_OFF_MS * 2 ** Math.min(taken.attempt, 20), BACK_OFF_MS_MAX)
    const now = this.now()
    await settle(this.database, taken, { at: now + backOffMs, now, error: error.message })
  }

  /** What the loop's beat does; it tells a turn that has lost its lease to stop. */
  async beat(): Promise<void> {
    const { turn } = this
    if (turn === undefined) return
    try {
      const ours = await extend(this.database, this.#owner, LEASE_MS, [turn.fence])
      if (!ours.has(turn.fence)) turn.signal.abort()
    } catch (error) {
      if (!isOfTheWorld(error)) throw error
    }
  }

  async close(): Promise<void> {
    this.gate.reset()
    await this.engine.stop()
    await this.database.close()
  }

  get #owner(): string {
    return `${this.name}-${this.#life}`
  }
}

const WENT_AWAY =
  /administrator command|immediate shutdown|terminated|not queryable|ENOENT|ECONNREFUSED|ECONNRESET|EPIPE/

/** The world failed, and it was said so; or the database went away under a bare statement. */
export function isOfTheWorld(error: unknown): error is Error {
  if (error instanceof Fault) return true
  return error instanceof Error && WENT_AWAY.test(error.message)
}
