/**
 * One world: a database, two servers and the API in front of it, a place where services run, and
 * people. It goes step by step to whatever is next, on virtual time, and after every step the laws
 * are asked. The same seed is the same world, to the last statement.
 */
import type { DatabaseAddress } from '#engine/sql.ts'
import type { Slot } from '#rollouts/ports.ts'
import { Chores } from './chores.ts'
import { VirtualTime } from './clock.ts'
import { Clocks } from './clocks.ts'
import { Dice } from './dice.ts'
import type { Mishap, Plan } from './gate.ts'
import { Judge } from './judge.ts'
import { type AnyEvent, Ledger } from './ledger.ts'
import { type Nature, natureOf } from './nature.ts'
import { keyOf, Place } from './place.ts'
import type { Postgres } from './postgres.ts'
import { VIEWS } from '../support/rooms.ts'
import { Server } from './server.ts'
import { requestsPerSecond } from './setting.ts'
import { WatchedTarget } from './watched-target.ts'

const SECOND_MS = 1_000
/** A look that nobody rang for comes with the next poll. */
const POLL_MS = 500

/** What a turn meets with, when it meets with something. */
const MISHAPS: Readonly<Record<Mishap, number>> = {
  'killed between two statements': 100,
  'connections cut': 20,
  'connection lost in mid-statement': 60,
  // It costs a second of ours.
  'database restarted': 1,
  'database away for a whole turn': 1,
  'stood still past its lease': 40,
  'others in between': 60,
}
/** Share of turns that meet with something: fair days, and storms. */
export const WEATHER = { fair: 0.02, rough: 0.08, storm: 0.25 } as const
export type Weather = keyof typeof WEATHER
/** Longer than any turn is; most end before their mishap. */
const STATEMENTS_MAX = 30

interface DueRow {
  readonly kind: string
  readonly key: string
  readonly at: number
}

interface EventRow {
  readonly pos: string
  readonly stream: string
  readonly data: AnyEvent
  readonly at: number
}

interface About {
  readonly seed: string
  /** Left out: as the seed has it. */
  readonly weather?: Weather | undefined
}

/** A database of the world's own, on a PostgreSQL that it may stop. */
export interface Home {
  readonly address: DatabaseAddress
  readonly postgres: Postgres
}

export type Errand = () => Promise<string>

export class World {
  readonly dice: Dice
  readonly time: VirtualTime
  readonly clocks: Clocks
  readonly ledger = new Ledger()
  readonly judge: Judge
  readonly place: Place
  readonly servers: readonly Server[]
  /** The API: people's commands, no reconcilers. */
  readonly front: Server
  readonly natures = new Map<string, Nature>()
  readonly counts = new Map<string, number>()
  /** Of the latest release of each service. */
  readonly #lastNature = new Map<string, Nature>()
  isCalm = false
  /** Told of everything that is put on record, by the id of what it is about. */
  whenSaid: (event: AnyEvent, id: string) => void = () => {}
  readonly #agenda: { at: number; readonly name: string; readonly errand: Errand }[] = []
  readonly #broken = new Map<string, number>()
  readonly #mishapShare: number
  readonly #postgres: Postgres
  #depth = 0
  #since = 0
  /** Transactions, when it was last listened: nothing is said outside of them. */
  #heard = 0
  /** When the step began. */
  #effects = 0

  private constructor(about: About, time: VirtualTime, { address, postgres }: Home) {
    this.dice = new Dice(about.seed)
    this.time = time
    this.#postgres = postgres
    this.clocks = new Clocks(this.dice.fork('clocks'), () => time.now())
    const usual = this.dice.fork('weather').weighted({ fair: 1, rough: 1, storm: 1 })
    this.#mishapShare = WEATHER[about.weather ?? usual]
    this.judge = new Judge(this)
    this.place = new Place({
      now: () => time.now(),
      dice: this.dice.fork('traffic'),
      natureOf: (digest) => this.natureOf(digest),
      requestsPerSecond: ({ service, environment }) => requestsPerSecond(service, environment),
    })
    const chores = new Chores()
    const server = (name: string) => this.#server(name, address, chores)
    this.servers = [server('A'), server('B')]
    this.front = server('API')
  }

  static async make(about: About, home: Home): Promise<World> {
    const world = new World(about, await VirtualTime.over(home.address), home)
    try {
      await world.front.engine.prepare()
      await world.time.query('world.index', 'create index on events(pos)')
      return world
    } catch (error) {
      await world.close()
      throw error
    }
  }

  #server(name: string, address: DatabaseAddress, chores: Chores): Server {
    if (this.clocks.add(name)) this.count('fault: a clock was seconds off')
    return new Server({
      name,
      address,
      views: VIEWS,
      now: () => this.clocks.now(name),
      look: async (look) => {
        const effects = this.counts.get('effects') ?? 0
        await this.listen()
        const isIdle = this.ledger.pos === this.#since && effects === this.#effects
        if (isIdle && look.at !== undefined) this.judge.idle(look)
        return chores.after(look, isIdle)
      },
      hooks: {
        terminate: async (pids) => {
          const sql = 'select pg_terminate_backend(pid, 5000) from unnest($1::int[]) as u(pid)'
          await this.time.query('world.cut', sql, [pids])
        },
        stopDatabase: (isBackAtOnce) => this.#stopDatabase(isBackAtOnce),
        meanwhile: (what) => this.#meanwhile(name, what),
        happened: (what) => this.count(`fault: ${what}`),
      },
      artifacts: {
        materialize: async (digest) =>
          this.natureOf(digest).isTrusted
            ? { ok: true, path: `/files/${digest}`, digest }
            : { ok: false, code: 'artifact.unsigned', message: 'No signature.', remedy: '' },
      },
      prober: {
        get: async (url) => {
          const { port, hostname } = new URL(url)
          const isPreview = hostname.endsWith('.preview')
          const { place } = this
          const status = isPreview ? place.preview(hostname) : place.visit(Number(port))
          return status === undefined ? { error: 'refused' } : { status, ms: 1 }
        },
      },
      target: (made) => new WatchedTarget(this, made),
    })
  }

  natureOf(digest: string): Nature {
    const known = this.natures.get(digest)
    if (known !== undefined) return known
    const dice = this.dice.fork(digest)
    const nature = natureOf(dice)
    // What is broken is often not mended by the first try.
    const line = digest.slice(0, digest.lastIndexOf('-'))
    const before = this.#lastNature.get(line)
    const isSame = before !== undefined && before.kind !== 'good' && dice.chance(0.5)
    const made = isSame ? before : nature
    this.natures.set(digest, made)
    this.#lastNature.set(line, made)
    return made
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by)
  }

  brokenAt(slot: Slot): number {
    return this.#broken.get(keyOf(slot)) ?? 0
  }

  /** What runs in the slot was touched: its keeper looks within its minute. */
  async broke(slot: Slot): Promise<void> {
    const now = this.time.now()
    this.#broken.set(keyOf(slot), now)
    const at = now + 60 * SECOND_MS
    await this.front.engine.wake([{ kind: 'slot', key: keyOf(slot), at }])
  }

  /** Later; of two at one instant the one that was written down first. */
  plan(at: number, name: string, errand: Errand): void {
    this.#agenda.push({ at, name, errand })
    this.#agenda.sort((a, b) => a.at - b.at)
  }

  async runUntil(end: number): Promise<void> {
    while (await this.#step(end));
    await this.time.advanceTo(end)
  }

  /** One errand or one turn; false when nothing is left until then. */
  async #step(end: number, except?: string): Promise<boolean> {
    const errand = this.#agenda[0]
    const lateMs = this.dice.chance(0.05) ? this.dice.between(1, POLL_MS) : 0
    const row = await this.#nextDue(Math.min(end, errand?.at ?? Infinity), lateMs)
    if (row === undefined) {
      if (errand === undefined || errand.at > end) return false
      this.#agenda.shift()
      await this.time.advanceTo(errand.at)
      await this.#record(errand.name, 'API', errand.errand)
      return true
    }
    if (lateMs > 0) this.count('fault: bell not heard')
    const able = this.servers.filter(({ name }) => name !== except)
    const server = this.dice.pick(able)
    if (server === undefined) return false
    const plan = this.#mishap()
    await this.#record(`${row.kind} ${row.key}`, server.name, async () => {
      const told = await server.reconcile(row.kind, plan)
      await this.startDatabase()
      return told
    })
    return true
  }

  /** What happens in `work` is one step: its events and effects are judged as such. */
  async #record(what: string, who: string, work: Errand): Promise<void> {
    const [since, effects] = [this.#since, this.#effects]
    this.#since = this.ledger.pos
    this.#effects = this.counts.get('effects') ?? 0
    const startedAt = this.time.said
    const line = `${startedAt} ${'  '.repeat(this.#depth)}${who} ${what}`
    const told = await work()
    await this.listen()
    this.judge.stepped(`${line}: ${told}`)
    this.#since = since
    this.#effects = effects
    this.count('steps')
  }

  #mishap(): Plan | undefined {
    if (this.isCalm || this.#depth > 0 || !this.dice.chance(this.#mishapShare)) return undefined
    const where = this.dice.pick(['anywhere', 'before an effect', 'after an effect'] as const)
    const at = this.dice.between(1, STATEMENTS_MAX)
    const what = this.dice.weighted(MISHAPS)
    const share = this.dice.next()
    return { at: where === undefined || where === 'anywhere' ? at : where, what, share }
  }

  /** In the middle of a turn of that server. */
  async #meanwhile(name: string, what: Mishap): Promise<void> {
    if (this.#depth > 0) return
    await this.listen()
    this.#depth++
    const server = this.servers.find((each) => each.name === name)
    const isStill = what === 'stood still past its lease'
    const forMs = isStill ? this.dice.between(5, 20) * SECOND_MS : 0
    const end = this.time.now() + forMs
    for (let steps = 0; steps < (isStill ? 30 : 3); steps++)
      if (!(await this.#step(end, name))) break
    if (isStill) await this.time.advanceTo(end)
    this.#depth--
    // Whoever slept finds out with the next beat, which may come before or after what it does next.
    if (isStill && this.dice.chance(0.5)) await server?.beat()
  }

  get #all(): readonly Server[] {
    return [...this.servers, this.front]
  }

  async #stopDatabase(isBackAtOnce: boolean): Promise<void> {
    const gone = Promise.all(this.#all.map(({ gate }) => gate.whenGone()))
    await this.time.leave(() => this.#postgres.crash())
    await gone
    if (isBackAtOnce) await this.startDatabase()
  }

  /** If it is not there. */
  async startDatabase(): Promise<void> {
    if (this.time.isAway) await this.time.comeBack(() => this.#postgres.comeBack())
  }

  /** Reads what was recorded since, and asks the laws. */
  async listen(): Promise<void> {
    if (this.time.isAway) return
    const begun = this.#all.reduce((sum, { gate }) => sum + gate.transactions, 0)
    if (begun === this.#heard) return
    this.#heard = begun
    const rows = await this.time.query<EventRow>(
      'world.events',
      `select pos, stream, data, (extract(epoch from recorded_at) * 1000)::float8 as at
       from events where pos > $1 order by pos`,
      [this.ledger.pos],
    )
    for (const { pos, stream, data: event, at } of rows) {
      const dash = stream.indexOf('-')
      const [kind, id] = [stream.slice(0, dash), stream.slice(dash + 1)]
      const said = { pos: Number(pos), kind, id, event, recordedAt: at, since: this.#since }
      this.judge.said(said)
      this.ledger.fold(said)
      this.whenSaid(event, id)
    }
  }

  /**
   * Goes to where the first key is due, until then; of several at one instant to the seed's choice,
   * which is put before the others, for `take` promises no order among equals.
   */
  async #nextDue(until: number, lateMs: number): Promise<DueRow | undefined> {
    const [row] = await this.time.query<DueRow & Record<string, unknown>>(
      'world.next',
      `with next as materialized (
         select kind, key, at from (
           select kind, key, greatest(due_at, lease_until + interval '1 ms', $1) as at
           from due where not dead) as d
         where at <= $2 order by at, md5(kind || key || $3) limit 1),
       first as (
         update due set due_at = 'epoch' from next
         where due.kind = next.kind and due.key = next.key)
       select kind, key,
         setval('virtual_now', (extract(epoch from at) * 1000)::bigint + $4)::float8 as at
       from next`,
      [new Date(this.time.now()), new Date(until), String(this.ledger.pos), lateMs],
    )
    if (row !== undefined) this.time.reached(row.at)
    return row
  }

  /** After the calm: nothing waits, nothing moves, nothing was given up. */
  async atRest(): Promise<void> {
    const dead = await this.time.query<{ kind: string; key: string }>(
      'world.dead',
      'select kind, key from due where dead',
    )
    this.judge.ended([
      ...[...this.ledger.promotions]
        .filter(([, { outcome }]) => outcome === undefined)
        .map(([id]) => `${id} has not ended`),
      ...[...this.ledger.moving].map((id) => `${id} is on its way`),
      ...dead.map(({ kind, key }) => `${kind} ${key} was given up`),
    ])
  }

  async close(): Promise<void> {
    await this.startDatabase()
    for (const server of this.#all) await server.close()
    await this.time.close()
  }
}
