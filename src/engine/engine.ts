/**
 * The one way to write. `execute` loads a stream, asks whether the actor may, lets the decider
 * decide, and in one transaction appends the events, folds them into the views and wakes the
 * reconcilers that hear them; or it returns the rejection. There is no second way.
 */
import type { Actor } from '#kernel/actor.ts'
import { type Decider, isRejection, type Rejection } from '#kernel/decider.ts'
import type { Statement } from './batch.ts'
import { Bus } from './bus.ts'
import { wake, waking, type Wake } from './due.ts'
import { keepHouse } from './housekeeping.ts'
import { claiming, claimOf, earlierAnswer, remembering } from './idempotency.ts'
import type { Logger } from './log.ts'
import { ReconcilerLoop, type Reconciler } from './loop.ts'
import { migrate } from './migrations.ts'
import { project, type Projected } from './projection.ts'
import { publish, type PublishedView } from './published.ts'
import { ensureViews, rebuildViews } from './rebuild.ts'
import { Rehearsal } from './rehearsal.ts'
import { Remembered } from './remembered.ts'
import type { Session } from './session.ts'
import { type Database, isDeadlock, isOutdated, type Reads, readsOf } from './sql.ts'
import { appending, beginning, type DomainEvent, isMovedOn } from './store.ts'
import { streamParts, type View } from './views.ts'

/** A kind of thing with a history: its decider, and the kind its streams are named by. */
export interface Thing<State, Command, Event extends DomainEvent, Code extends string> {
  readonly kind: string
  readonly decider: Decider<State, Command, Event, Code>
}

export interface Request {
  readonly actor: Actor
  /** A retry with the same key and the same command is answered as the first was. */
  readonly idempotencyKey?: string | undefined
  /** The version the person saw; anything newer refuses the command. */
  readonly expectedVersion?: number | undefined
  /** Decided as ever, and thrown as a `Rehearsal`: nothing is kept. */
  readonly isRehearsal?: boolean | undefined
}

interface Command {
  readonly type: string
}

/** One command on one thing. */
export interface Wish<
  S = unknown,
  C extends Command = Command,
  E extends DomainEvent = DomainEvent,
  Code extends string = string,
> {
  readonly thing: Thing<S, C, E, Code>
  readonly id: string
  readonly command: C | ((facts: Facts<S>) => Promise<C | Rejection>)
}

/** Checks one wish's types and forgets them: wishes on several kinds stand in one list. */
export function wish<S, C extends Command, E extends DomainEvent, Code extends string>(
  one: Wish<S, C, E, Code>,
): Wish {
  return one as unknown as Wish
}

export interface Done<State = unknown, Event = DomainEvent> {
  readonly rejected?: never
  readonly version: number
  /** What happened; empty when nothing had to. */
  readonly events: readonly Event[]
  readonly state: State
}

export type EngineRefusal = 'access.denied' | 'stream.moved-on' | 'idempotency.key-reused'

/** What the decision needs of the world beside the stream, read inside the transaction. */
export interface Facts<State> {
  readonly state: State
  readonly version: number
  readonly reads: Reads
}

export type Authorize = (
  actor: Actor,
  command: { readonly type: string },
  thing: { readonly kind: string; readonly id: string },
) => Rejection | undefined

// Two that write one stream at once: the loser looks again. Losing twice means a crowd, and those
// who lost stand in line, so that each of them gets its turn.
const CONFLICTS_BEFORE_QUEUE = 2
/** Newcomers do not stand in line and may still win a few times. */
const CONFLICTS_MAX = 20

interface Attempt {
  readonly session: Session
  /** It lost before, and stands in line. */
  readonly queue: boolean
  /** Streams that it appended to. */
  readonly written: Set<string>
}

export class Engine {
  readonly database: Database
  readonly bus: Bus
  readonly #views: readonly View[]
  readonly #published: readonly PublishedView[]
  readonly #remembered = new Remembered()
  #reconcilers: readonly Reconciler[] = []
  readonly #authorize: Authorize
  readonly #log: Logger
  #loop: ReconcilerLoop | undefined
  #leaveHouse: (() => void) | undefined

  constructor(parts: {
    readonly database: Database
    readonly views: readonly View[]
    readonly published?: readonly PublishedView[]
    readonly authorize: Authorize
    readonly log: Logger
  }) {
    this.database = parts.database
    this.#views = parts.views
    this.#published = parts.published ?? []
    this.#authorize = parts.authorize
    this.#log = parts.log
    this.bus = new Bus(parts.database)
  }

  get reads(): Reads {
    return this.database.reads
  }

  /** Who hears what, in every process: a command wakes reconcilers even where none run. */
  use(reconcilers: readonly Reconciler[]): void {
    this.#reconcilers = reconcilers
  }

  /** Tables and views as this version wants them. */
  async prepare(): Promise<void> {
    await migrate(this.database)
    await ensureViews(this.database, this.#views, this.#log)
    await publish(this.database, this.#published, this.#log)
  }

  /** Listens and, unless this process only serves, reconciles. */
  async start(reconcile = true): Promise<void> {
    await this.bus.listen()
    if (!reconcile) return
    this.#loop = new ReconcilerLoop(this.database, this.bus, this.#reconcilers, this.#log)
    this.#loop.start()
    this.#leaveHouse = keepHouse(this.database, this.#log)
  }

  async stop(): Promise<void> {
    this.#leaveHouse?.()
    await this.#loop?.stop()
    await this.bus.close()
  }

  /** A thing as its stream tells it; version 0 and the initial state when it has no history. */
  async load<S, E extends DomainEvent>(
    thing: {
      readonly kind: string
      readonly decider: { readonly initial: S; evolve(state: S, event: E): S }
    },
    id: string,
  ): Promise<{ readonly state: S; readonly version: number }> {
    const looking = this.#remembered.look(`${thing.kind}-${id}`, thing.decider)
    const ask = (statement: Statement) => this.database.ask(statement)
    return looking.fold(await ask(looking.statement), ask)
  }

  async execute<S, C extends Command, E extends DomainEvent, Code extends string>(
    thing: Thing<S, C, E, Code>,
    id: string,
    command: C | ((facts: Facts<S>) => Promise<C | Rejection>),
    request: Request,
  ): Promise<Done<S, E> | Rejection> {
    const wish = { thing, id, command }
    return this.#transact(async (attempt) => {
      const done = await this.#decide(attempt, wish, request)
      if (request.isRehearsal === true) throw new Rehearsal(done.events)
      return done
    }, request)
  }

  /** Several commands or none: one transaction; the first refusal undoes them all. */
  async executeAll(
    wishes: readonly Wish[],
    request: Request,
  ): Promise<readonly Done[] | Rejection> {
    return this.#transact(async (attempt) => {
      const done: Done[] = []
      for (const [i, wish] of wishes.entries())
        done.push(await this.#decide(attempt, wish, part(request, i)))
      if (request.isRehearsal === true) throw new Rehearsal(done.flatMap(({ events }) => events))
      return done
    }, request)
  }

  /**
   * Facts from elsewhere, which nobody here decides: each begins a stream of its own, named by what
   * it is known by at its source. Answers which were new; what was told before is left as it is.
   */
  async record(
    kind: string,
    facts: readonly { readonly id: string; readonly event: DomainEvent }[],
    request: Request,
  ): Promise<ReadonlySet<string> | Rejection> {
    const firsts = new Map(facts.map(({ id, event }) => [`${kind}-${id}`, event]))
    return this.#transact(async ({ session }) => {
      const denied = this.#authorize(request.actor, { type: `${kind}.record` }, { kind, id: '' })
      if (denied !== undefined) throw new Refused(kind, denied)
      const all = [...firsts].map(([stream, event]) => ({ stream, event }))
      const { rows } = await session.query<{ stream: string }>(beginning(all, request.actor.id))
      const fresh = new Set(rows.map(({ stream }) => stream))
      const projected = all
        .filter(({ stream }) => fresh.has(stream))
        .map(({ stream, event }) => ({ stream, version: 1, event }))
      await project(session, this.#views, projected)
      const wakes = this.#wakesOf(projected)
      if (wakes.length > 0) session.later(waking(wakes))
      if (request.isRehearsal === true) throw new Rehearsal(projected.map(({ event }) => event))
      return new Set([...fresh].map((stream) => streamParts(stream).id))
    }, request)
  }

  /** Runs `work` in a transaction, again when a stream moved on, and logs what was refused. */
  async #transact<T>(
    work: (attempt: Attempt) => Promise<T>,
    request: Request,
  ): Promise<T | Rejection> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        const done = await this.database.transaction((session) =>
          work({ session, queue: conflicts >= CONFLICTS_BEFORE_QUEUE, written: new Set() }),
        )
        this.bus.announce()
        return done
      } catch (error) {
        if (error instanceof Refused) {
          const { code } = error.rejection
          this.#log.info(
            { actor: request.actor.id, on: error.stream, code, why: error.rejection.message },
            'command refused',
          )
          return error.rejection
        }
        const isLost = isMovedOn(error) || isDeadlock(error) || isOutdated(error)
        if (!isLost || conflicts >= CONFLICTS_MAX) throw error
      }
    }
  }

  async #decide<S, C extends Command, E extends DomainEvent, Code extends string>(
    { session, queue, written }: Attempt,
    { thing, id, command }: Wish<S, C, E, Code>,
    request: Request,
  ): Promise<Done<S, E>> {
    const stream = `${thing.kind}-${id}`
    if (queue) session.later(standingInLine(stream))
    const claim = claimOf(request, command, stream)
    const claims = claim === undefined ? [] : [claiming(claim)]
    const looking = this.#remembered.look(stream, thing.decider, !written.has(stream))
    const answers = await session.askAll([...claims, looking.statement])
    if (claim !== undefined && answers[0]?.rowCount !== 1)
      return unlessRefused(stream, (await earlierAnswer(session, claim)) as Done<S, E> | Rejection)
    const again = (statement: Statement) => session.query(statement)
    const { state, version } = await looking.fold(answers.at(-1), again)
    if (request.expectedVersion !== undefined && request.expectedVersion !== version)
      throw new Refused(stream, movedOn(request.expectedVersion, version))
    const wish = unlessRefused(
      stream,
      typeof command === 'function'
        ? await command({ state, version, reads: readsOf(session) })
        : command,
    )
    const denied = this.#authorize(request.actor, wish, { kind: thing.kind, id })
    if (denied !== undefined) throw new Refused(stream, denied)
    const answer = thing.decider.decide(wish, state)
    if (isRejection(answer)) throw new Refused(stream, answer)
    if (answer.length > 0) {
      written.add(stream)
      await this.#write(session, stream, version, answer, request.actor)
    }
    const done: Done<S, E> = {
      version: version + answer.length,
      events: answer,
      state: answer.reduce((s, event) => thing.decider.evolve(s, event), state),
    }
    if (claim !== undefined) session.later(remembering(claim, done))
    return done
  }

  async #write(
    session: Session,
    stream: string,
    version: number,
    events: readonly DomainEvent[],
    actor: Actor,
  ): Promise<void> {
    session.later(appending(stream, version, events, actor.id))
    const projected = events.map((event, i) => ({ stream, version: version + i + 1, event }))
    await project(session, this.#views, projected)
    const wakes = this.#wakesOf(projected)
    if (wakes.length > 0) session.later(waking(wakes))
  }

  #wakesOf(projected: readonly Projected[]): readonly Wake[] {
    const wakes: Wake[] = []
    for (const { stream, version, event } of projected) {
      const { kind, id } = streamParts(stream)
      for (const reconciler of this.#reconcilers) {
        if (!reconciler.hears.includes(kind)) continue
        for (const key of reconciler.wokenBy({ event, id, version }))
          wakes.push({ kind: reconciler.kind, key })
      }
    }
    return wakes
  }

  /** Wakes reconcilers from outside a command: at start, on a webhook, by a person. */
  async wake(wakes: readonly Wake[]): Promise<void> {
    await wake(this.database.pool, wakes)
    this.bus.announce()
  }

  async rebuild(names?: readonly string[]): Promise<number> {
    const views = this.#views.filter((view) => names === undefined || names.includes(view.name))
    const events = await rebuildViews(this.database, views)
    await publish(this.database, this.#published, this.#log)
    return events
  }
}

/** Leaves the transaction by its rolling-back door; caught above, never seen outside. */
class Refused extends Error {
  readonly stream: string
  readonly rejection: Rejection

  constructor(stream: string, rejection: Rejection) {
    super(rejection.message)
    this.stream = stream
    this.rejection = rejection
  }
}

const standingInLine = (stream: string): Statement => ({
  name: 'events.line',
  text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
  values: [stream],
})

/** Each command of a list is remembered under a key of its own. */
function part(request: Request, i: number): Request {
  if (request.idempotencyKey === undefined) return request
  return { ...request, idempotencyKey: `${request.idempotencyKey}/${i}` }
}

function unlessRefused<T extends object>(stream: string, value: T | Rejection): T {
  if ('rejected' in value && value.rejected === true) throw new Refused(stream, value)
  return value as T
}

function movedOn(seen: number, now: number): Rejection<EngineRefusal> {
  return {
    rejected: true,
    code: 'stream.moved-on',
    message: `This changed after you looked: you saw version ${seen}, it is at ${now}.`,
    remedy: 'Look again, and decide on what is there now.',
  }
}
