/**
 * The SQL of a view, the same for all: making its table, and the statements that load, save and
 * remove rows. What is one row, as nearly always in a command, has statements of its own: they need
 * no plan that weighs how many rows a list may hold.
 */
import type { Statement } from './batch.ts'
import type { ColumnType, Key, View } from './views.ts'

export function createTable(view: View): string {
  const columns = Object.entries(view.columns as Record<string, ColumnType>).map(
    ([name, type]) => `"${name}" ${type}`,
  )
  const key = quoted(view.key)
  const indexes = (view.indexes ?? []).map(
    (names, i) => `create index "${view.name}_${i}" on "${view.name}"(${quoted(names)});`,
  )
  const table = `create table "${view.name}"(${columns.join(', ')}, primary key (${key}));`
  return table + indexes.join('')
}

/** Loads the rows of these keys and locks them, in the order of the keys. */
export function loading(view: View, keys: readonly Key[]): Statement {
  const { loadOne, loadMany } = textsOf(view)
  const [first, ...more] = keys
  if (first !== undefined && more.length === 0)
    return { name: `${view.name}.load-one`, text: loadOne, values: [...first] }
  const columns = view.key.map((_, i) => keys.map((key) => key[i] ?? ''))
  return { name: `${view.name}.load`, text: loadMany, values: columns }
}

export function saving(view: View, rows: readonly object[]): Statement {
  const values = [JSON.stringify(rows.map((row) => encode(view, row)))]
  return { name: `${view.name}.save`, text: textsOf(view).save, values }
}

export function removing(view: View, key: Key): Statement {
  return { name: `${view.name}.remove`, text: textsOf(view).remove, values: [...key] }
}

interface Texts {
  readonly loadOne: string
  readonly loadMany: string
  readonly save: string
  readonly remove: string
}

// Made once a view: a command would spend more on putting a text together than on sending it.
const texts = new WeakMap<View, Texts>()

function textsOf(view: View): Texts {
  const known = texts.get(view)
  if (known !== undefined) return known
  const made = makeTexts(view)
  texts.set(view, made)
  return made
}

function makeTexts(view: View): Texts {
  const table = `"${view.name}"`
  const names = Object.keys(view.columns)
  const others = names.filter((name) => !(view.key as readonly string[]).includes(name))
  const update =
    others.length > 0
      ? `update set ${others.map((n) => `"${n}" = excluded."${n}"`).join(', ')}`
      : 'nothing'
  const isKey = view.key.map((name, i) => `"${name}" = $${i + 1}`).join(' and ')
  const isListed = view.key.map((name) => `"${name}" = listed."${name}"`).join(' and ')
  const lists = view.key.map((_, i) => `$${i + 1}::text[]`).join(', ')
  return {
    loadOne: `select * from ${table} where ${isKey} for update`,
    // Row by row by the primary key: for a join, a plan made while the table was small would read
    // all of it when it is large.
    loadMany: `select found.* from unnest(${lists}) as listed(${quoted(view.key)}),
               lateral (select * from ${table} where ${isListed} for update) as found`,
    save: `insert into ${table}
           select ${quoted(names)} from jsonb_populate_recordset(null::${table}, $1)
           on conflict (${quoted(view.key)}) do ${update}`,
    remove: `delete from ${table} where ${isKey}`,
  }
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')

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
