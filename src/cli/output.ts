/**
 * How answers look: a table for people, JSON or YAML for machines; colour only where it is seen.
 */
import { stringify } from 'yaml'
import { formatDuration } from '#kernel/duration.ts'
import type { CliContext, Io } from './context.ts'

type Cell = string | number | boolean | null | undefined
export type Column<Row> = readonly [heading: string, cell: (row: Row) => Cell]

/** Rows as a table, or as they came in the format that was asked for. */
export function show<Row>(
  context: CliContext,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  empty: string,
): void {
  if (context.format !== 'table') return raw(context, rows)
  if (rows.length === 0) return context.io.out(`${empty}\n`)
  context.io.out(`${table(rows, columns, context.io)}\n`)
}

/** Anything as JSON or YAML. */
export function raw(context: CliContext, value: unknown): void {
  const text = context.format === 'yaml' ? stringify(value) : `${json(value)}\n`
  context.io.out(text)
}

/** JSON escapes the control characters of ASCII by itself, and not those above. */
function json(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    /[\u007f-\u009f]/g,
    (c) => `\\u00${c.charCodeAt(0).toString(16)}`,
  )
}

export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  io: Pick<Io, 'colour'>,
): string {
  const cells = rows.map((row) => columns.map(([, cell]) => clean(cell(row))))
  const widths = columns.map(([heading], i) =>
    Math.max(heading.length, ...cells.map((line) => visible(line[i] ?? '').length)),
  )
  const line = (parts: readonly string[]) =>
    parts
      .map((part, i) => part + ' '.repeat(Math.max(0, (widths[i] ?? 0) - visible(part).length)))
      .join('  ')
      .trimEnd()
  const head = line(columns.map(([heading]) => heading.toUpperCase()))
  return [dim(head, io), ...cells.map((parts) => line(parts.map((part) => tint(part, io))))].join(
    '\n',
  )
}

/** What came from outside must not steer the terminal, nor the direction of its writing. */
export function clean(cell: Cell): string {
  if (cell === null || cell === undefined) return '–'
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return String(cell).replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ')
}

// oxlint-disable-next-line no-control-regex -- the escape that begins a colour
const visible = (text: string) => text.replaceAll(/\u001b\[\d+m/g, '')
const paint = (code: number, text: string, io: Pick<Io, 'colour'>) =>
  io.colour ? `\u001b[${code}m${text}\u001b[0m` : text
export const dim = (text: string, io: Pick<Io, 'colour'>) => paint(2, text, io)
export const bold = (text: string, io: Pick<Io, 'colour'>) => paint(1, text, io)
export const green = (text: string, io: Pick<Io, 'colour'>) => paint(32, text, io)
export const red = (text: string, io: Pick<Io, 'colour'>) => paint(31, text, io)
export const yellow = (text: string, io: Pick<Io, 'colour'>) => paint(33, text, io)

const GOOD = /^(✓|succeeded|cached|validated|allow|met|created)/
const BAD = /^(✕|failed|rolled ?back|deny|refused|stuck|timedOut|lost|aborted)/i
const OPEN = /^(◐|⏸|running|wait|waiting|leased|held|paused|pending)/

function tint(text: string, io: Pick<Io, 'colour'>): string {
  if (GOOD.test(text)) return green(text, io)
  if (BAD.test(text)) return red(text, io)
  return OPEN.test(text) ? yellow(text, io) : text
}

export function ago(at: number | null | undefined, now = Date.now()): string {
  if (at === null || at === undefined) return '–'
  return at > now ? `in ${formatDuration(at - now)}` : `${formatDuration(now - at)} ago`
}

/** `1.5 MB`: what people compare, to two figures. */
export function bytesOf(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(size || 1) / 3)))
  const value = size / 1000 ** step
  return `${value >= 10 || step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step]}`
}

export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}
