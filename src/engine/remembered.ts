/**
 * What streams lead to, as far as this process has seen them: of a rollout with a thousand ticks
 * only what is new is read and folded. Events are never edited, so what was folded once stays true;
 * that it is still the same stream is told by its last known event, which is read again each time.
 */
import type { Answer, Statement } from './batch.ts'
import { type DomainEvent, reading } from './store.ts'

/** Those on their way in a large company; most are short, the longest take some ten kilobytes. */
const STREAMS_MAX = 1_000

export interface Folded<S> {
  readonly state: S
  /** 0: it has no history. */
  readonly version: number
}

interface Fold<S, E extends DomainEvent> {
  readonly initial: S
  evolve(state: S, event: E): S
}

interface Known {
  readonly by: object
  readonly state: unknown
  readonly version: number
  /** Of the last event. */
  readonly pos: number
}

interface Row {
  readonly data: DomainEvent
  readonly version: number
  readonly pos: number
}

type Ask = (statement: Statement) => Promise<Answer>

/** One look at a stream: what to ask for, and what comes of the answer. */
export interface Looking<S> {
  readonly statement: Statement
  /** Asks once more when what was known is of another stream: the database was put back. */
  fold(answer: Answer | undefined, ask: Ask): Promise<Folded<S>>
}

export class Remembered {
  readonly #known = new Map<string, Known>()

  /** Not to be `kept` is what a transaction sees of its own doing: it may never have happened. */
  look<S, E extends DomainEvent>(stream: string, by: Fold<S, E>, isKept = true): Looking<S> {
    const found = this.#known.get(stream)
    const known = found?.by === by ? found : undefined
    const finish = (from: Folded<S>, rows: readonly Row[]): Folded<S> => {
      const last = rows.at(-1)
      if (last === undefined) return { state: from.state, version: from.version }
      const state = rows.reduce((so, { data }) => by.evolve(so, data as E), from.state)
      if (isKept) this.#keep(stream, { by, state, version: last.version, pos: last.pos })
      return { state, version: last.version }
    }
    const fresh = { state: by.initial, version: 0 }
    return {
      statement: reading(stream, known?.version),
      fold: async (answer, ask) => {
        const rows = rowsOf(answer)
        if (known === undefined) return finish(fresh, rows)
        const [first, ...more] = rows
        const isSame = first?.version === known.version && first.pos === known.pos
        if (isSame) return finish(known as Known & Folded<S>, more)
        this.#known.delete(stream)
        return finish(fresh, rowsOf(await ask(reading(stream))))
      },
    }
  }

  #keep(stream: string, known: Known): void {
    // Put behind all others: the first of a map is the one that was not looked at for longest.
    this.#known.delete(stream)
    this.#known.set(stream, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > STREAMS_MAX && oldest !== undefined) this.#known.delete(oldest)
  }
}

const rowsOf = (answer: Answer | undefined) => (answer?.rows ?? []) as unknown as readonly Row[]
