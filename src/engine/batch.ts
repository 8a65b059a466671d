/**
 * Several prepared statements in one round trip: one write, one answer, and after the first that
 * fails none is run. Each by itself costs a write, a wake-up of the server and one of ours, which
 * together weigh more than most of our statements do.
 *
 * It is a query of node-postgres' own kind (as pg-cursor is) that holds several: what the server
 * answers is handed to the one whose turn it is.
 */
import pg from 'pg'
import { wireTypes } from './wire-types.ts'

export interface Statement {
  /** Prepared once a connection under this name; empty: planned anew each time. */
  readonly name: string
  readonly text: string
  readonly values?: unknown[]
}

export type Answer = pg.QueryResult<pg.QueryResultRow>

/** What node-postgres asks of a query beside what its types tell. */
interface Query {
  readonly name: string
  readonly text: string
  submit(connection: pg.Connection): Error | null
  handleRowDescription(message: unknown): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: pg.Connection): void
  handleReadyForQuery(connection: pg.Connection): void
}

export class Batch implements pg.Submittable {
  readonly answers: Promise<readonly Answer[]>
  readonly #queries: readonly Query[]
  readonly #done = Promise.withResolvers<readonly Answer[]>()
  readonly #answers: Answer[] = []
  #failed: Error | undefined
  #turn = 0

  constructor(statements: readonly Statement[]) {
    this.answers = this.#done.promise
    this.#queries = statements.map((statement) => this.#queryOf(statement))
  }

  submit(connection: pg.Connection): Error | undefined {
    const parts: Buffer[] = []
    const collecting = collectInto(parts, connection)
    for (const query of this.#queries) {
      const refused = query.submit(collecting) ?? this.#failed
      if (refused !== undefined) return refused
    }
    connection.sync.call(collecting)
    // One buffer: to hand over thirty small ones costs more than to copy them.
    connection.stream.write(Buffer.concat(parts))
    return undefined
  }

  // node-postgres reads both when the server has parsed the statement whose turn it is.
  get name(): string | undefined {
    return this.#queries[this.#turn]?.name
  }

  get text(): string | undefined {
    return this.#queries[this.#turn]?.text
  }

  handleRowDescription(message: unknown): void {
    this.#queries[this.#turn]?.handleRowDescription(message)
  }

  handleDataRow(message: unknown): void {
    this.#queries[this.#turn]?.handleDataRow(message)
  }

  handleCommandComplete(message: unknown, connection: pg.Connection): void {
    this.#queries[this.#turn]?.handleCommandComplete(message, connection)
    this.#turn++
  }

  handleReadyForQuery(connection: pg.Connection): void {
    for (const query of this.#queries) query.handleReadyForQuery(connection)
    if (this.#failed !== undefined) this.#done.reject(this.#failed)
    else this.#done.resolve(this.#answers)
  }

  handleError(error: Error, connection: pg.Connection): void {
    // Those behind the failed one were never parsed: next time they must be sent in full.
    for (const { name } of this.#queries.slice(this.#turn)) forget(connection, name)
    this.#done.reject(error)
  }

  #queryOf({ name, text, values = [] }: Statement): Query {
    const callback = (error: Error | undefined | null, answer: pg.QueryResult) => {
      if (error) this.#failed ??= error
      else this.#answers.push(answer)
    }
    // Without a name and values it would be sent as text, which ends the batch.
    const config = { name, text, values, types: wireTypes, queryMode: 'extended' }
    return new pg.Query(config, callback as never) as unknown as Query
  }
}

/** The connection, but what is written is collected, and a query does not end the batch. */
function collectInto(parts: Buffer[], connection: pg.Connection): pg.Connection {
  const stream = { writable: true, write: (part: Buffer) => parts.push(part) }
  return Object.create(connection, {
    stream: { value: stream },
    // The server skips what stands between a failure and the next sync: there is one, at the end.
    sync: { value: () => {} },
  }) as pg.Connection
}

function forget(connection: pg.Connection, name: string): void {
  const { submittedNamedStatements: submitted } = connection as unknown as {
    submittedNamedStatements: Record<string, string>
  }
  delete submitted[name]
}
