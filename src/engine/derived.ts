/**
 * Tables made of what lies outside the events: a view that reads no stream, filled by a reconciler.
 * A rebuild empties it, so whoever fills it can say what it has not filled in yet.
 */
import type { Database } from './sql.ts'
import { loading, removing, saving } from './view-sql.ts'
import type { Key, View } from './views.ts'

export interface Derived<Row extends object> {
  readonly view: View<Row>
  readonly keys: readonly Key[]
  /** The row of this key afterwards; undefined removes it. */
  fold(row: Row | undefined, key: Key): Row | undefined
}

/** Folds rows in one transaction, each of them locked; `also` are whole rows of other views. */
export async function foldRows<Row extends object>(
  database: Database,
  { view, keys, fold }: Derived<Row>,
  also: readonly { readonly view: View; readonly row: object }[] = [],
): Promise<void> {
  const plain = view as unknown as View
  const named = new Map(keys.map((key) => [JSON.stringify(key), key]))
  // In one order, in which they are locked: nobody waits in a circle.
  const sorted = [...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key)
  await database.transaction(async (session) => {
    const rows = new Map<string, Row>()
    if (sorted.length > 0)
      for (const row of (await session.askAll([loading(plain, sorted)]))[0]?.rows ?? [])
        rows.set(JSON.stringify(view.key.map((name) => row[name])), row as Row)
    const kept: Row[] = []
    for (const key of sorted) {
      const row = fold(rows.get(JSON.stringify(key)), key)
      if (row === undefined) session.later(removing(plain, key))
      else kept.push(row)
    }
    if (kept.length > 0) session.later(saving(plain, kept))
    for (const { view: other, row } of also) session.later(saving(other, [row]))
  })
}
