/**
 * SQL views for tools of others, in the schema `bi`: what may be read there is said here, column by
 * column, and nothing else of the database needs to be shown to anybody. They stand on our views'
 * tables, fall with them when those are made anew, and are then made again.
 */
import { createHash } from 'node:crypto'
import { Fault } from '#kernel/fault.ts'
import type { Logger } from './log.ts'
import { exclusively } from './migrations.ts'
import type { Connection, Database } from './sql.ts'
import type { ColumnType } from './views.ts'

export interface PublishedColumn {
  readonly type: ColumnType
  readonly about: string
}

export interface PublishedView {
  readonly name: string
  readonly about: string
  readonly columns: Readonly<Record<string, PublishedColumn>>
  /** Selects the columns in their order. */
  readonly query: string
}

export const PUBLISHED_SCHEMA = 'bi'

/** PostgreSQL's codes of "not allowed to". */
const NOT_ALLOWED = '42501'

/** Makes the schema as this version has it; leaves it alone when it is so already. */
export async function publish(
  database: Database,
  views: readonly PublishedView[],
  log: Logger,
): Promise<void> {
  if (views.length === 0) return
  try {
    await exclusively(database, (connection) => make(connection, views))
  } catch (error) {
    // Releases do not wait for reports: a server whose role may make no schema goes without.
    if (!isNotAllowed(error)) throw error
    log.warn({ schema: PUBLISHED_SCHEMA, err: error }, 'the schema for reports cannot be made')
  }
}

function isNotAllowed(error: unknown): boolean {
  const cause = error instanceof Fault ? error.cause : error
  return cause instanceof Error && 'code' in cause && cause.code === NOT_ALLOWED
}

async function make(connection: Connection, views: readonly PublishedView[]): Promise<void> {
  const mark = `Made by Signalbox, ${digestOf(views)}.`
  const { rows } = await connection.query<{ mark: string | null; name: string | null }>(
    `select obj_description(n.oid, 'pg_namespace') as mark, v.viewname as name
     from pg_namespace n left join pg_views v on v.schemaname = n.nspname where n.nspname = $1`,
    [PUBLISHED_SCHEMA],
  )
  const there = new Set(rows.map(({ name }) => name))
  // Dropping a view waits for its readers: a start without news does not wait for a report.
  if (rows[0]?.mark === mark && views.every(({ name }) => there.has(name))) return
  await connection.query('begin')
  try {
    await connection.query(`create schema if not exists ${PUBLISHED_SCHEMA}`)
    for (const name of there)
      if (name !== null) await connection.query(`drop view if exists ${placed(name)} cascade`)
    for (const view of views) for (const each of making(view)) await connection.query(each)
    await connection.query(`comment on schema ${PUBLISHED_SCHEMA} is ${literal(mark)}`)
    await connection.query('commit')
  } catch (error) {
    await connection.query('rollback')
    throw error
  }
}

function making({ name, about, columns, query }: PublishedView): readonly string[] {
  const names = Object.keys(columns).map((column) => `"${column}"`)
  return [
    `create view ${placed(name)}(${names.join(', ')}) as ${query}`,
    `comment on view ${placed(name)} is ${literal(about)}`,
    ...Object.entries(columns).map(
      ([column, { about: what }]) =>
        `comment on column ${placed(name)}."${column}" is ${literal(what)}`,
    ),
  ]
}

const placed = (name: string) => `${PUBLISHED_SCHEMA}."${name}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
const digestOf = (views: readonly PublishedView[]) =>
  createHash('sha256').update(JSON.stringify(views)).digest('hex').slice(0, 16)
