/**
 * Views: tables made for reading. A view says which rows an event touches and what each becomes;
 * the engine does the SQL, the same for one event inside a command's transaction (so a reader sees
 * what was just decided) and for a million during a rebuild. A row is fed by one stream: its fold
 * then has one order, live and rebuilt.
 */
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
export type Key = readonly string[]

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

export function streamParts(stream: string): { kind: string; id: string } {
  const dash = stream.indexOf('-')
  return { kind: stream.slice(0, dash), id: stream.slice(dash + 1) }
}
