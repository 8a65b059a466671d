/** Which lines of a stream of bytes have the pattern in them: each said once, when it is sure. */
import type { Machine, Pattern } from './pattern.ts'

export interface LineFound {
  readonly line: number
  /** Where the line begins. */
  readonly offset: number
}

const NEWLINE = 10

/** Bytes are handed over in order; a line may come in any number of pieces. */
export class LineSearch {
  readonly #machine: Machine
  #state: number
  #line: number
  #lineOffset: number
  #offset: number
  /** The line was found already: the rest of it is skipped. */
  #isSaid = false

  constructor(pattern: Pattern, from: LineFound) {
    this.#machine = pattern.machine()
    this.#state = this.#machine.lineStart
    this.#line = from.line
    this.#lineOffset = this.#offset = from.offset
  }

  /** The line that is being read. */
  get line(): number {
    return this.#line
  }

  push(bytes: Uint8Array): LineFound[] {
    const found: LineFound[] = []
    for (let at = 0; at < bytes.length;) {
      at = this.#isSaid ? lineEndFrom(bytes, at) : this.#search(bytes, at, found)
      if (bytes[at] !== NEWLINE) continue
      this.#endLine(found)
      at += 1
      this.#line += 1
      this.#lineOffset = this.#offset + at
    }
    this.#offset += bytes.length
    return found
  }

  /** The log ends here, perhaps within a line. */
  end(): LineFound[] {
    const found: LineFound[] = []
    if (this.#offset > this.#lineOffset) this.#endLine(found)
    return found
  }

  /** Steps up to a line end, or to where the line was found. */
  #search(bytes: Uint8Array, from: number, found: LineFound[]): number {
    const machine = this.#machine
    if (machine.isFound(this.#state)) {
      this.#say(found)
      return from
    }
    this.#state = machine.run(this.#state, bytes, from, bytes.length)
    return machine.stoppedAt
  }

  #endLine(found: LineFound[]): void {
    if (!this.#isSaid && this.#machine.isFoundAtEnd(this.#state)) this.#say(found)
    this.#isSaid = false
    this.#state = this.#machine.lineStart
  }

  #say(found: LineFound[]): void {
    this.#isSaid = true
    found.push({ line: this.#line, offset: this.#lineOffset })
  }
}

function lineEndFrom(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(NEWLINE, from)
  return at < 0 ? bytes.length : at
}
