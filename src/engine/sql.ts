/**
 * The way to PostgreSQL: one pool for the hot path with prepared statements, and Kysely over the
 * same connections for typed reading. Instants are milliseconds in TypeScript and timestamptz in
 * tables. What can go wrong on the way is turned into a Fault here and nowhere else.
 */
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { Fault } from '#kernel/fault.ts'
import { type Answer, Batch, type Statement } from './batch.ts'
import type { Logger } from './log.ts'
import { Questions } from './questions.ts'
import { Session } from './session.ts'
import { wireTypes } from './wire-types.ts'

export type Connection = pg.PoolClient
/** Typed reading: `reads.withTables<{ runs: RunRow }>()`. */
export type Reads = Kysely<object>

export interface DatabaseAddress {
  readonly connectionString?: string
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
}

// 32 clients at once are answered from half as many connections; more only adds context switches.
const CONNECTIONS_MAX = 16
const CONNECT_MS = 5_000
/** A statement that takes longer is a bug or an outage; holding a lock that long hurts everyone. */
const STATEMENT_MS = 30_000

const BEGIN: Statement = { name: 'begin', text: 'begin' }
const COMMIT: Statement = { name: 'commit', text: 'commit' }

export class Database {
  readonly address: DatabaseAddress
  readonly pool: pg.Pool
  readonly reads: Reads
  readonly #questions: Questions

  constructor(address: DatabaseAddress, log: Logger, connectionsMax = CONNECTIONS_MAX) {
    this.address = address
    this.pool = new pg.Pool({
      ...address,
      types: wireTypes,
      max: connectionsMax,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: 10_000,
      application_name: 'signalbox',
    })
    // One that dies in the middle of a transaction, between two statements, tells only itself; the
    // next statement on it is refused. Without a listener the whole process would end.
    this.pool.on('connect', (client) => client.on('error', () => {}))
    // An idle connection that dies is replaced at the next use.
    this.pool.on('error', (error) => log.warn({ err: error.message }, 'database connection lost'))
    this.#questions = new Questions((statements) => this.#answers(statements), isOfOne)
    this.reads = readsOver(this.#questions, () => this.pool.end())
  }

  /** In one letter with whatever is read at the same time. */
  async ask({ text, values = [] }: Statement): Promise<Answer> {
    return this.#questions.ask(text, values).catch(wrap)
  }

  /** Runs `work` in one transaction; whatever it throws rolls back. */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const connection = await this.pool.connect().catch(wrap)
    const session = new Session(connection)
    let broken = false
    try {
      session.later(BEGIN)
      const result = await work(session)
      await session.query(COMMIT)
      return result
    } catch (error) {
      await connection.query('rollback').catch(() => {
        broken = true
      })
      broken ||= isOutdated(error)
      return wrap(error)
    } finally {
      session.end()
      connection.release(broken)
    }
  }

  /** What was prepared may be of a table that has changed since: then without what was kept. */
  async #answers(statements: readonly Statement[]): Promise<readonly Answer[]> {
    try {
      return await this.#answersOnce(statements)
    } catch (error) {
      if (!isOutdated(error)) throw error
      return this.#answersOnce(statements.map((statement) => ({ ...statement, name: '' })))
    }
  }

  async #answersOnce(statements: readonly Statement[]): Promise<readonly Answer[]> {
    const connection = await this.pool.connect()
    let broken = false
    try {
      const batch = new Batch(statements)
      connection.query(batch)
      return await batch.answers
    } catch (error) {
      broken = !(error instanceof pg.DatabaseError) || isOutdated(error)
      throw error
    } finally {
      connection.release(broken)
    }
  }

  async query<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    const result = await this.pool.query<Row>({ name, text, values }).catch(wrap)
    return result.rows
  }

  /** A connection of its own, outside the pool: for LISTEN. */
  client(): pg.Client {
    return new pg.Client({ ...this.address, types: wireTypes, connectionTimeoutMillis: CONNECT_MS })
  }

  async close(): Promise<void> {
    await this.reads.destroy()
  }
}

/** Typed reading inside a transaction: sees what the transaction has done so far. */
export function readsOf(session: Session): Reads {
  return readsOver(new Questions((statements) => session.askAll(statements)), async () => {})
}

/** Kysely over connections of ours, whose errors are turned into faults like all others. */
function readsOver(questions: Questions, end: () => Promise<void>): Reads {
  const ask = (text: string, values: readonly unknown[] = []) =>
    questions.ask(text, values).catch(wrap)
  // Cursors are the other way to call it, and nobody here does.
  const query = ask as unknown as PostgresPoolClient['query']
  const lent = { query, release: () => {} }
  return new Kysely<object>({
    dialect: new PostgresDialect({ pool: { connect: async () => lent, end, options: {} } }),
  })
}

/** The database refused one statement; those beside it may be of others, and right. */
const isOfOne = (error: unknown) =>
  error instanceof pg.DatabaseError && !GONE.test(error.code ?? '')

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === constraint
  )
}

/** Two transactions waited for each other, and this one was sacrificed: trying again is right. */
export function isDeadlock(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '40P01'
}

/** What the connection prepared is of a table that has other columns by now. */
export function isOutdated(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '0A000' && /cached plan/.test(error.message)
  )
}

// SQLSTATE classes: 08 connection, 57P0x shutting down or starting, 53 out of resources.
const GONE = /^(08|57P0|25P03)/
const FULL = /^(53100|53200)/
/** NUL, and halves of surrogate pairs. */
const UNSTORABLE = /^(22021|22P05)/
const REFUSED = /ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|timeout|terminated|not queryable/

function wrap(error: unknown): never {
  if (error instanceof Fault) throw error
  const code = (error as { code?: string }).code ?? ''
  const message = error instanceof Error ? error.message : String(error)
  if (FULL.test(code) || /No space left/.test(message))
    throw new Fault('database.no-space', 'The database has no room to write.', {
      remedy: 'Free disk space where the database lives; nothing was written.',
      cause: error,
    })
  if (UNSTORABLE.test(code) || (code === '22P02' && /type json/.test(message)))
    throw new Fault('request.unstorable-text', 'A text holds what no database can keep.', {
      remedy: 'Take out NUL characters and broken Unicode; nothing was written.',
      retry: false,
      cause: error,
    })
  if (
    GONE.test(code) ||
    (!(error instanceof pg.DatabaseError) && REFUSED.test(`${code} ${message}`))
  )
    throw new Fault('database.unavailable', 'The database does not answer.', {
      remedy: 'Nothing was written; try again. If it lasts, look at the PostgreSQL server.',
      cause: error,
    })
  throw error
}
