/**
 * Bytes of a log as the lines that people read. A program that draws its progress over and over
 * with carriage returns has said one line, the last; a line that goes on for megabytes is cut to
 * what a person reads. The bytes themselves stay as they are: whoever wants them asks for them.
 */

export interface LogLine {
  readonly line: number
  /** Where it begins, and how long it is with its line end. */
  readonly offset: number
  readonly bytes: number
  readonly text: string
  /** There is more of it than the text. */
  readonly isCut?: true
  /** It was drawn over; the text is what was there last. */
  readonly isFolded?: true
}

/** More than anybody reads of one line. */
export const LINE_SHOWN_BYTES = 4 * 1024

const NEWLINE = 10
const RETURN = 13

export interface Window {
  readonly bytes: Uint8Array
  /** Of the first byte, which begins this line. */
  readonly offset: number
  readonly line: number
  readonly linesMax: number
  /** Nothing follows in the log: what has no line end is a line all the same. */
  readonly isEnd: boolean
}

/** The lines that are whole in the window. */
export function linesIn({ bytes, offset, line, linesMax, isEnd }: Window): LogLine[] {
  const lines: LogLine[] = []
  for (let at = 0; at < bytes.length && lines.length < linesMax;) {
    const found = bytes.indexOf(NEWLINE, at)
    if (found < 0 && !isEnd) break
    const end = found < 0 ? bytes.length : found
    const next = found < 0 ? end : end + 1
    const shown = shownOf(bytes.subarray(at, end))
    lines.push({ line: line + lines.length, offset: offset + at, bytes: next - at, ...shown })
    at = next
  }
  return lines
}

/** A line that no window holds, by its head and, where it was drawn over, by its tail. */
export function longLine(
  at: { readonly line: number; readonly offset: number; readonly bytes: number },
  head: Uint8Array,
  tail: Uint8Array,
): LogLine {
  const wasDrawn = withoutLineEnd(tail).includes(RETURN)
  const { text, isFolded } = shownOf(wasDrawn ? withoutLineEnd(tail) : head)
  const { line, offset, bytes } = at
  return { line, offset, bytes, text, isCut: true, ...(isFolded && { isFolded }) }
}

function shownOf(whole: Uint8Array): Pick<LogLine, 'text' | 'isCut' | 'isFolded'> {
  let bytes = withoutReturns(whole)
  const drawn = bytes.lastIndexOf(RETURN)
  if (drawn >= 0) bytes = bytes.subarray(drawn + 1)
  const isCut = bytes.length > LINE_SHOWN_BYTES
  const end = isCut ? wholeLetters(bytes.subarray(0, LINE_SHOWN_BYTES)) : bytes.length
  const text = textOf(bytes.subarray(0, end))
  return { text, ...(isCut && { isCut }), ...(drawn >= 0 && { isFolded: true as const }) }
}

function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  return withoutReturns(bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes)
}

/** CRLF, and a progress that ends with going back to the start of its line. */
function withoutReturns(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === RETURN) end -= 1
  return bytes.subarray(0, end)
}

/** What is no UTF-8 shows as U+FFFD. */
export const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8', KEEP).decode(bytes)
const KEEP = { ignoreBOM: true }

/** How many bytes there are without a letter that is not whole yet. */
export function wholeLetters(bytes: Uint8Array): number {
  // A letter has four bytes at most: its first is one of the last three, or it is whole.
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes.length
    if (byte >= 0xc0) return lettersBytes(byte) > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

const lettersBytes = (first: number) => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2)
