/**
 * What a person searches a log for, read into a tree: plain text, or the regular part of regular
 * expressions. What would need going back over the text (back-references, look-around) is refused,
 * so that no pattern can make the server think for long.
 */
import { reject, type Rejection } from '#kernel/decider.ts'

export const PATTERN_LENGTH_MAX = 200
export const REPEAT_MAX = 100

/** A set of bytes, lower to upper, both ends within. */
export type Ranges = readonly (readonly [number, number])[]

export type Tree =
  | { readonly kind: 'bytes'; readonly ranges: Ranges }
  | { readonly kind: 'all'; readonly of: readonly Tree[] }
  | { readonly kind: 'any'; readonly of: readonly Tree[] }
  | {
      readonly kind: 'repeat'
      readonly of: Tree
      readonly min: number
      readonly max: number | undefined
    }
  | { readonly kind: 'lineStart' }
  | { readonly kind: 'lineEnd' }

export interface PatternAsked {
  readonly text: string
  /** A regular expression; otherwise the text as it stands. */
  readonly isRegex: boolean
  readonly isCaseSensitive: boolean
}

type PatternRefusal = 'log.bad-pattern'

export function parsePattern(asked: PatternAsked): Tree | Rejection<PatternRefusal> {
  const { text } = asked
  if (text === '') return refused('There is nothing to search for', 0)
  if (text.length > PATTERN_LENGTH_MAX)
    return refused(`It is longer than ${PATTERN_LENGTH_MAX} characters`, PATTERN_LENGTH_MAX)
  if (!asked.isRegex)
    return { kind: 'all', of: Array.from(text).map((each) => letter(each, asked)) }
  const parser = new Parser(asked)
  const tree = parser.alternatives(0)
  const { trouble } = parser
  if (trouble !== undefined) return refused(trouble.what, trouble.at)
  return parser.isAtEnd ? tree : refused('This ) closes nothing', parser.at)
}

const refused = (what: string, at: number) =>
  reject<PatternRefusal>(
    'log.bad-pattern',
    `${what}, at character ${at + 1} of the pattern.`,
    'Use letters, . [a-z] \\d \\w \\s ( | ) * + ? {2,5} ^ $, or search for the text as it stands.',
  )

const DEPTH_MAX = 20
const NOTHING: Tree = { kind: 'all', of: [] }
const DIGITS: Ranges = [[0x30, 0x39]]
const WORD: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const SPACE: Ranges = [
  [0x09, 0x09],
  [0x0b, 0x0d],
  [0x20, 0x20],
]
const CLASSES: Readonly<Record<string, Ranges>> = { d: DIGITS, w: WORD, s: SPACE }
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', r: '\r', e: '\u001b' }

/** Lines may end with CRLF. */
const LINE_END: Tree = {
  kind: 'all',
  of: [
    { kind: 'repeat', of: { kind: 'bytes', ranges: [[0x0d, 0x0d]] }, min: 0, max: 1 },
    { kind: 'lineEnd' },
  ],
}

class Parser {
  readonly #letters: readonly string[]
  readonly #asked: PatternAsked
  at = 0
  trouble: { readonly what: string; readonly at: number } | undefined

  constructor(asked: PatternAsked) {
    this.#asked = asked
    this.#letters = Array.from(asked.text)
  }

  get isAtEnd(): boolean {
    return this.at >= this.#letters.length
  }

  alternatives(depth: number): Tree {
    if (depth > DEPTH_MAX) return this.#fail('It is nested too deeply')
    const of = [this.#sequence(depth)]
    while (this.#takes('|')) of.push(this.#sequence(depth))
    return of.length === 1 ? (of[0] ?? NOTHING) : { kind: 'any', of }
  }

  #sequence(depth: number): Tree {
    const of: Tree[] = []
    while (!this.isAtEnd && this.trouble === undefined && !'|)'.includes(this.#next))
      of.push(this.#repeated(this.#atom(depth)))
    return { kind: 'all', of }
  }

  get #next(): string {
    return this.#letters[this.at] ?? ''
  }

  #takes(letter: string): boolean {
    if (this.#next !== letter) return false
    this.at += 1
    return true
  }

  #fail(what: string): Tree {
    this.trouble ??= { what, at: this.at }
    return NOTHING
  }

  #atom(depth: number): Tree {
    const said = this.#next
    if (said !== '' && '*+?{'.includes(said)) return this.#fail(`${said} repeats nothing`)
    this.at += 1
    switch (said) {
      case '(':
        return this.#group(depth)
      case '[':
        return this.#set()
      case '.':
        return outside([[0x0a, 0x0a]])
      case '^':
        return { kind: 'lineStart' }
      case '$':
        return LINE_END
      case '\\':
        return this.#escaped()
    }
    return letter(said, this.#asked)
  }

  #group(depth: number): Tree {
    if (this.#takes('?') && !this.#takes(':')) return this.#fail('(? is not understood here')
    const inside = this.alternatives(depth + 1)
    if (this.trouble === undefined && !this.#takes(')')) return this.#fail('A ) is missing')
    return inside
  }

  #escaped(): Tree {
    const said = this.#next
    this.at += 1
    const known = CLASSES[said.toLowerCase()]
    if (known !== undefined) return said in CLASSES ? bytes(known) : outside(known)
    const control = CONTROLS[said]
    if (control !== undefined) return letter(control, this.#asked)
    if (/^[a-z0-9]?$/i.test(said)) return this.#fail(`\\${said} is not understood`)
    return letter(said, this.#asked)
  }

  /** `[a-z_]`: of single bytes; other letters stand in a group with bars. */
  #set(): Tree {
    const isNegated = this.#takes('^')
    const ranges: [number, number][] = []
    for (let isFirst = true; isFirst || this.#next !== ']'; isFirst = false) {
      if (this.isAtEnd) return this.#fail('A ] is missing')
      const known = this.#next === '\\' ? CLASSES[this.#letters[this.at + 1] ?? ''] : undefined
      if (known !== undefined) {
        ranges.push(...known.map(([low, high]): [number, number] => [low, high]))
        this.at += 2
        continue
      }
      const low = this.#member()
      const isRange = this.#next === '-' && (this.#letters[this.at + 1] ?? ']') !== ']'
      if (isRange) this.at += 1
      const high = isRange ? this.#member() : low
      if (this.trouble !== undefined) return NOTHING
      if (high < low) return this.#fail('This range ends before it begins')
      ranges.push([low, high])
    }
    this.at += 1
    const all = this.#asked.isCaseSensitive ? ranges : ranges.flatMap(bothCases)
    return isNegated ? outside([...all, [0x0a, 0x0a]]) : bytes(all)
  }

  #member(): number {
    if (this.#takes('\\') && CONTROLS[this.#next] !== undefined) {
      const control = CONTROLS[this.#next] ?? ''
      this.at += 1
      return control.charCodeAt(0)
    }
    const code = this.#next.codePointAt(0) ?? 0
    this.at += 1
    if (code > 0x7f) this.#fail('Only letters of ASCII stand between [ and ]')
    return code
  }

  #repeated(of: Tree): Tree {
    let tree = of
    for (;;) {
      const found = this.#counts()
      if (found === undefined || this.trouble !== undefined) return tree
      // `+?` asks for the shortest match; where a line matches at all, that is the same.
      this.#takes('?')
      tree = { kind: 'repeat', of: tree, ...found }
    }
  }

  #counts(): { readonly min: number; readonly max: number | undefined } | undefined {
    if (this.#takes('*')) return { min: 0, max: undefined }
    if (this.#takes('+')) return { min: 1, max: undefined }
    if (this.#takes('?')) return { min: 0, max: 1 }
    if (this.#next !== '{') return undefined
    const said = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(this.#letters.slice(this.at).join(''))
    if (said === null) {
      this.#fail('A count looks like {2} or {2,5}')
      return undefined
    }
    const min = Number(said[1])
    const upper = said[2] === undefined ? min : said[3] === undefined ? undefined : Number(said[3])
    if (Math.max(min, upper ?? 0) > REPEAT_MAX || (upper ?? min) < min) {
      this.#fail(`A count is at most ${REPEAT_MAX}, and goes up`)
      return undefined
    }
    this.at += said[0].length
    return { min, max: upper }
  }
}

const bytes = (ranges: Ranges): Tree => ({ kind: 'bytes', ranges })
const range = (low: number, high: number) => bytes([[low, high]])

/** A letter as its bytes; without regard to case, either way of writing it. */
function letter(said: string, { isCaseSensitive }: PatternAsked): Tree {
  const others = isCaseSensitive ? [] : [said.toLowerCase(), said.toUpperCase()]
  // ß in capitals is two letters, which is another text.
  const ways = [said, ...others.filter((way) => way.length === said.length)]
  const of = [...new Set(ways)].map((way): Tree => ({
    kind: 'all',
    of: [...new TextEncoder().encode(way)].map((byte) => range(byte, byte)),
  }))
  return of.length === 1 ? (of[0] ?? NOTHING) : { kind: 'any', of }
}

/** Any letter but these: one of ASCII, one of several bytes, or a byte that UTF-8 never has. */
function outside(ranges: Ranges): Tree {
  const rest: [number, number][] = []
  let from = 0
  const sorted = [...ranges, [0x0a, 0x0a] as const].toSorted(([a], [b]) => a - b)
  for (const [low, high] of sorted) {
    if (low > from) rest.push([from, low - 1])
    from = Math.max(from, high + 1)
  }
  if (from <= 0x7f) rest.push([from, 0x7f])
  const more = range(0x80, 0xbf)
  const wide = [
    [range(0xc2, 0xdf), more],
    [range(0xe0, 0xef), more, more],
    [range(0xf0, 0xf4), more, more, more],
    [
      bytes([
        [0xc0, 0xc1],
        [0xf5, 0xff],
      ]),
    ],
  ].map((of): Tree => ({ kind: 'all', of }))
  return { kind: 'any', of: [bytes(rest), ...wide] }
}

function bothCases([low, high]: [number, number]): [number, number][] {
  const shifted = (from: number, to: number, by: number): [number, number][] => {
    const [a, b] = [Math.max(low, from), Math.min(high, to)]
    return a <= b ? [[a + by, b + by]] : []
  }
  return [[low, high], ...shifted(0x41, 0x5a, 32), ...shifted(0x61, 0x7a, -32)]
}
