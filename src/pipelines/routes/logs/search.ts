/**
 * Finding lines in a log of any size: read in windows, each looked through in one pass, for a
 * bounded time. What was not reached is said, and can be gone on with.
 */
import type { LogLine } from '../../logs/lines.ts'
import { LineSearch } from '../../logs/line-search.ts'
import type { Pattern } from '../../logs/pattern.ts'
import type { LogName } from '../../ports.ts'
import { linesFrom } from './lines-from.ts'
import { type LogReads, READ_BYTES } from './masked.ts'

/** A person waits as long for an answer, and then wants to be told that it goes on. */
const SEARCH_MS = 2_000
/** Some lines, as they are usually: hundreds of matches are read one by one. */
const MATCH_BYTES = 1024
/** Searches at once; each is a second of one core at most. */
export const SEARCHES_MAX = 4

export interface SearchAsked {
  readonly pattern: Pattern
  readonly from: number
  readonly limit: number
  /** Lines before and after each. */
  readonly context: number
  readonly signal: AbortSignal
  readonly forMs?: number
}

export interface SearchFound {
  readonly matches: readonly (LogLine & {
    readonly before: readonly LogLine[]
    readonly after: readonly LogLine[]
  })[]
  /** Where to go on; null when the whole log was looked through. */
  readonly next: number | null
  readonly size: number
}

export async function searchLog(
  logs: LogReads,
  log: LogName,
  asked: SearchAsked,
): Promise<SearchFound> {
  const { lines, next, size } = await linesFound(logs, log, asked)
  const matches: SearchFound['matches'][number][] = []
  for (const line of lines) matches.push(await withContext(logs, log, line, asked.context))
  return { matches, next, size }
}

async function linesFound(logs: LogReads, log: LogName, asked: SearchAsked) {
  const start = await logs.lineStart(log, asked.from)
  const search = new LineSearch(asked.pattern, start)
  const lines: number[] = []
  const until = performance.now() + (asked.forMs ?? SEARCH_MS)
  let { offset, size } = start
  const add = (found: readonly { readonly line: number }[]) =>
    found.every(({ line }) => lines.length < asked.limit && lines.push(line) > 0)
  for (;;) {
    const read = await logs.read(log, offset, READ_BYTES)
    size = read.size
    if (read.bytes.length === 0) break
    offset += read.bytes.length
    const isRoom = add(search.push(read.bytes))
    const last = lines.at(-1)
    if (!isRoom && last !== undefined) return { lines, next: last + 1, size }
    // Within a line that has no end it cannot stop: the line would never be done.
    const isLate = performance.now() > until || asked.signal.aborted
    if (isLate && search.line > asked.from)
      return { lines, next: Math.max(search.line, (last ?? -1) + 1), size }
  }
  const isRoom = add(search.end())
  const last = lines.at(-1)
  return { lines, next: isRoom || last === undefined ? null : last + 1, size }
}

async function withContext(logs: LogReads, log: LogName, line: number, context: number) {
  const from = Math.max(0, line - context)
  const { lines } = await linesFrom(logs, log, {
    from,
    max: line - from + 1 + context,
    firstBytes: MATCH_BYTES * (1 + 2 * context),
  })
  const at = lines.findIndex((each) => each.line === line)
  const match = lines[at] ?? { line, offset: 0, bytes: 0, text: '' }
  return { ...match, before: lines.slice(0, Math.max(0, at)), after: lines.slice(at + 1) }
}
