/** Lines of a log by their numbers, from a log of any size, in a few bounded reads. */
import { LINE_SHOWN_BYTES, linesIn, type LogLine, longLine } from '../../logs/lines.ts'
import type { LinePlace, LogName } from '../../ports.ts'
import { type LogReads, READ_BYTES } from './masked.ts'

export const LINES_MAX = 1_000
/** An answer is what was found in so many reads; who asks goes on at `next`. */
const READS_MAX = 12
/** A hundred lines of a usual log; where lines are longer, more is read. */
const FIRST_READ_BYTES = 64 * 1024

export interface LinesFound {
  /** Of the first line. */
  readonly from: number
  readonly lines: readonly LogLine[]
  /** The line to go on with. */
  readonly next: number
  /** Of the whole log, an unfinished last line among them. */
  readonly total: number
  readonly size: number
}

export async function linesFrom(
  logs: LogReads,
  log: LogName,
  asked: { readonly from: number; readonly max: number; readonly firstBytes?: number },
): Promise<LinesFound> {
  const place = await logs.lineStart(log, asked.from)
  const lines: LogLine[] = []
  let { offset } = place
  let bytesMax = asked.firstBytes ?? FIRST_READ_BYTES
  for (let reads = 0; reads < READS_MAX; reads++) {
    if (lines.length >= asked.max || offset >= place.size) break
    const { bytes, size } = await logs.read(log, offset, bytesMax)
    if (bytes.length === 0) break
    const line = place.line + lines.length
    const isEnd = offset + bytes.length >= size
    const found = linesIn({ bytes, offset, line, linesMax: asked.max - lines.length, isEnd })
    if (found.length === 0 && bytes.length < READ_BYTES) {
      bytesMax = READ_BYTES
      continue
    }
    if (found.length === 0) found.push(await lineBeyond(logs, log, { line, offset, head: bytes }))
    lines.push(...found)
    const last = lines.at(-1)
    offset = last === undefined ? offset : last.offset + last.bytes
    bytesMax = READ_BYTES
  }
  return found(place, lines)
}

function found({ line: from, lines: total, size }: LinePlace, lines: readonly LogLine[]) {
  const next = from + lines.length
  // Lines that came while these were read are lines too.
  return { from, lines, next, total: Math.max(total, next), size }
}

interface Head {
  readonly line: number
  readonly offset: number
  readonly head: Uint8Array
}

/** A line longer than any window: where the next begins, the index knows. */
async function lineBeyond(logs: LogReads, log: LogName, { line, offset, head }: Head) {
  const { offset: end } = await logs.lineStart(log, line + 1)
  const from = Math.max(offset, end - LINE_SHOWN_BYTES)
  const { bytes: tail } = await logs.read(log, from, end - from)
  return longLine({ line, offset, bytes: end - offset }, head, tail)
}
