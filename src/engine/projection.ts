/**
 * Folds events into views: finds the rows they touch, loads them all in one round trip, folds, and
 * leaves what became of them to be sent with what comes next. The same for the events of one
 * command and for the pages of a rebuild.
 */
import type { Answer } from './batch.ts'
import type { Session } from './session.ts'
import type { DomainEvent } from './store.ts'
import { loading, removing, saving } from './view-sql.ts'
import { type Key, streamParts, type View, type ViewEvent } from './views.ts'

export interface Projected {
  readonly stream: string
  readonly version: number
  readonly event: DomainEvent
}

interface Touch {
  readonly key: Key
  /** The key as one text. */
  readonly name: string
  readonly event: ViewEvent<DomainEvent>
}

/** Folds the events, in their order, into the rows of the views that read them. */
export async function project(
  session: Session,
  views: readonly View[],
  events: readonly Projected[],
): Promise<void> {
  const touched = views
    .map((view) => ({ view, touches: touchesOf(view, events) }))
    .filter(({ touches }) => touches.length > 0)
  if (touched.length === 0) return
  const loads = touched.map(({ view, touches }) => loading(view, keysOf(touches)))
  const answers = await session.askAll(loads)
  for (const [i, { view, touches }] of touched.entries())
    save(session, view, touches, folded(view, touches, answers[i]))
}

function touchesOf(view: View, events: readonly Projected[]): readonly Touch[] {
  const touches: Touch[] = []
  for (const { stream, version, event } of events) {
    const { kind, id } = streamParts(stream)
    if (!view.reads.includes(kind)) continue
    const seen = { event, id, version }
    for (const key of view.rows(seen)) touches.push({ key, name: JSON.stringify(key), event: seen })
  }
  return touches
}

/** Each key once and in one order, in which they are locked: nobody waits in a circle. */
function keysOf(touches: readonly Touch[]): readonly Key[] {
  const byName = new Map(touches.map(({ name, key }) => [name, key]))
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key)
}

/** What the rows become, by name; undefined: removed. */
function folded(
  view: View,
  touches: readonly Touch[],
  loaded: Answer | undefined,
): ReadonlyMap<string, object | undefined> {
  const nameOf = (row: Record<string, unknown>) => JSON.stringify(view.key.map((name) => row[name]))
  const rows = new Map<string, object | undefined>(loaded?.rows.map((row) => [nameOf(row), row]))
  for (const { key, name, event } of touches) rows.set(name, view.fold(rows.get(name), event, key))
  return rows
}

function save(
  session: Session,
  view: View,
  touches: readonly Touch[],
  rows: ReadonlyMap<string, object | undefined>,
): void {
  const kept = [...rows.values()].filter((row) => row !== undefined)
  if (kept.length > 0) session.later(saving(view, kept))
  const gone = new Map(
    touches.filter(({ name }) => rows.get(name) === undefined).map((t) => [t.name, t.key]),
  )
  for (const key of gone.values()) session.later(removing(view, key))
}
