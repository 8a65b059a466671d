/**
 * Views: tables made for reading. A view says which rows an event touches and what each becomes;
 * the engine does the SQL, the same for one event inside a command's transaction (so a reader sees
 * what was just decided) and for a million during a rebuild. A row is fed by one stream: its fold
 * then has one order, live and rebuilt.
 */
import type { Connection } from './sql.ts'
import type { DomainEvent } from './store.ts'

export type ColumnType =
  | 'text'
  | 'integer'
  | 'bigint'
  | 'boolean'
  | 'double precision'
  | 'jsonb'
  | 'timestamptz'
  | 'text[]'

export type Cell = string | number | boolean | null | object
type Key = readonly string[]

export interface ViewEvent<E extends DomainEvent> {
  readonly event: E
  /** The thing's id: the stream's name without its kind. */
  readonly id: string
  readonly version: number
}

export interface View<Row extends object = object, E extends DomainEvent = DomainEvent> {
  /** The table. */
  readonly name: string
  /** Raise it when columns or folding change: the table is made anew from the events. */
  readonly version: number
  /** Stream kinds it reads: `run`, `promotion`. */
  readonly reads: readonly string[]
  readonly columns: { readonly [Column in keyof Row & string]: ColumnType }
  /** Columns that name a row: all text. */
  readonly key: readonly (keyof Row & string)[]
  readonly indexes?: readonly (readonly (keyof Row & string)[])[]
  /** Keys of the rows that this event touches; none when it is not of interest. */
  rows(event: ViewEvent<E>): readonly Key[]
  /** The row after the event; undefined removes it. */
  fold(row: Row | undefined, event: ViewEvent<E>, key: Key): Row | undefined
}

/** Checks the definition's types and forgets them: views of all rooms stand in one list. */
export function defineView<Row extends object, E extends DomainEvent>(view: View<Row, E>): View {
  return view as unknown as View
}

export function createTable(view: View): string {
  const columns = Object.entries(view.columns as Record<string, ColumnType>).map(
    ([name, type]) => `"${name}" ${type}`,
  )
  const key = view.key.map((name) => `"${name}"`).join(', ')
  const indexes = (view.indexes ?? []).map(
    (names, i) => `create index "${view.name}_${i}" on "${view.name}"(${quoted(names)});`,
  )
  const table = `create table "${view.name}"(${columns.join(', ')}, primary key (${key}));`
  return table + indexes.join('')
}

export function streamParts(stream: string): { kind: string; id: string } {
  const dash = stream.indexOf('-')
  return { kind: stream.slice(0, dash), id: stream.slice(dash + 1) }
}

export interface Projected {
  readonly stream: string
  readonly version: number
  readonly event: DomainEvent
}

/** Folds the events, in their order, into the view's rows. */
export async function project(
  connection: Connection,
  view: View,
  events: readonly Projected[],
): Promise<void> {
  const touched: { key: Key; name: string; event: ViewEvent<DomainEvent> }[] = []
  for (const { stream, version, event } of events) {
    const { kind, id } = streamParts(stream)
    if (!view.reads.includes(kind)) continue
    const seen = { event, id, version }
    for (const key of view.rows(seen)) touched.push({ key, name: JSON.stringify(key), event: seen })
  }
  if (touched.length === 0) return
  const rows = await load(connection, view, new Map(touched.map((t) => [t.name, t.key])))
  for (const { key, name, event } of touched) {
    const row = view.fold(rows.get(name), event, key)
    if (row === undefined) rows.delete(name)
    else rows.set(name, row)
  }
  await save(connection, view, rows)
  const gone = new Map(touched.filter((t) => !rows.has(t.name)).map((t) => [t.name, t.key]))
  if (gone.size > 0) await remove(connection, view, gone)
}

/** Rows by the JSON of their key, locked in the order of their keys. */
async function load(
  connection: Connection,
  view: View,
  keys: ReadonlyMap<string, Key>,
): Promise<Map<string, object>> {
  const { rows } = await connection.query<Record<string, Cell>>({
    name: `${view.name}.load`,
    text: `select * from "${view.name}" where ${match(view)}
           order by ${quoted(view.key)} for update`,
    values: columnsOf(view, keys),
  })
  return new Map(rows.map((row) => [JSON.stringify(view.key.map((name) => row[name])), row]))
}

async function save(
  connection: Connection,
  view: View,
  rows: ReadonlyMap<string, object>,
): Promise<void> {
  if (rows.size === 0) return
  const names = Object.keys(view.columns)
  const others = names.filter((name) => !(view.key as readonly string[]).includes(name))
  const update =
    others.length > 0
      ? `update set ${others.map((n) => `"${n}" = excluded."${n}"`).join(', ')}`
      : 'nothing'
  await connection.query({
    name: `${view.name}.save`,
    text: `insert into "${view.name}"
           select ${quoted(names)} from jsonb_populate_recordset(null::"${view.name}", $1)
           on conflict (${quoted(view.key)}) do ${update}`,
    values: [JSON.stringify([...rows.values()].map((row) => encode(view, row)))],
  })
}

async function remove(
  connection: Connection,
  view: View,
  keys: ReadonlyMap<string, Key>,
): Promise<void> {
  await connection.query({
    name: `${view.name}.remove`,
    text: `delete from "${view.name}" where ${match(view)}`,
    values: columnsOf(view, keys),
  })
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')
const match = (view: View) => {
  const lists = view.key.map((_, i) => `$${i + 1}::text[]`)
  return `(${quoted(view.key)}) in (select * from unnest(${lists.join(', ')}))`
}
const columnsOf = (view: View, keys: ReadonlyMap<string, Key>) =>
  view.key.map((_, i) => [...keys.values()].map((key) => key[i] ?? ''))

function encode(view: View, row: object): object {
  const columns = view.columns as Record<string, ColumnType>
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]: [string, unknown]) => [
      name,
      columns[name] === 'timestamptz' && typeof cell === 'number'
        ? new Date(cell).toISOString()
        : cell,
    ]),
  )
}
