/**
 * SQL text as tokens, for PostgreSQL and MySQL: enough to know where a statement ends and what its
 * words are, whatever stands in quotes and comments. Text comes from repositories and may be
 * anything: every character is looked at once, and a quote that nobody closed is said.
 */
import type { SchemaDialect } from '../events.ts'

export interface Token {
  /** `word`: not quoted, lower case; `name`: a quoted identifier; `text`: a string's inside. */
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'symbol' | 'comment'
  readonly text: string
  /** A word as it was written, where that makes it another name: MySQL's tables may differ so. */
  readonly written?: string | undefined
  /** From 1. */
  readonly line: number
  readonly start: number
  readonly end: number
}

// `y`: at this place and nowhere else; none of them can backtrack.
const SPACE = /\s+/y
const WORD = /[a-zA-Z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*/uy
const NUMBER = /\d[\w.]*/y
/** PostgreSQL: `$$` or `$tag$`. */
const DOLLAR = /\$(?:[a-zA-Z_\u{80}-\u{10ffff}][\w\u{80}-\u{10ffff}]*)?\$/uy
/** PostgreSQL: `E'…'` has escapes; `B`, `X`, `N` and `U&` have none that hide a quote. */
const PREFIX = { postgresql: /[eEbBxXnN](?=')|[uU]&(?=['"])/y, mysql: /[bBxXnN](?=')/y } as const
/** MySQL: what stands in `/*!80000 … *\/` is run; its marks are not. */
const RUN_COMMENT = /\/\*M?!\d*/y
const BLOCK_MARK = /\/\*|\*\//g
const BLOCK_END = /\*\//g

export class Scanner {
  readonly #sql: string
  readonly #dialect: SchemaDialect
  /** Where the next token is looked for. */
  at = 0
  #line = 1
  #lineEnd: number
  #runDepth = 0
  /** What was opened and never closed, from then on to the end. */
  unclosed: { readonly line: number; readonly what: string } | undefined

  constructor(sql: string, dialect: SchemaDialect) {
    this.#sql = sql
    this.#dialect = dialect
    this.#lineEnd = this.#endOfLine(0)
  }

  /** The next token or comment; undefined at the end. */
  next(): Token | undefined {
    this.skipSpace()
    if (this.at >= this.#sql.length) {
      if (this.#runDepth > 0) this.#never(this.at, '/*!')
      return undefined
    }
    const start = this.at
    const prefix = this.#match(PREFIX[this.#dialect], start)
    return (
      this.#comment(start) ??
      this.#quoted(start, prefix) ??
      this.#dollarQuoted(start) ??
      this.#plain(start)
    )
  }

  skipSpace(): void {
    this.at += this.#match(SPACE, this.at).length
  }

  startsWith(text: string): boolean {
    return this.#sql.startsWith(text, this.at)
  }

  /** The rest of the line, without its end; the next token is on another line. */
  restOfLine(): string {
    const end = this.#endOfLine(this.at)
    const rest = this.#sql.slice(this.at, end)
    this.at = end
    return rest
  }

  /** Goes past the line that is just this; to the end when there is none. */
  skipPastLine(line: string): void {
    while (this.at < this.#sql.length) {
      const rest = this.restOfLine()
      this.at++
      if (rest.trimEnd() === line) return
    }
    this.at = this.#sql.length
  }

  /** Places are asked in their order; the next line's beginning is looked for once. */
  #lineAt(place: number): number {
    while (this.#lineEnd < place) {
      this.#line++
      this.#lineEnd = this.#endOfLine(this.#lineEnd + 1)
    }
    return this.#line
  }

  #comment(start: number): Token | undefined {
    const isMysql = this.#dialect === 'mysql'
    const [a = '', b = '', c = ''] = this.#sql.slice(start, start + 3)
    // MySQL takes two dashes for a minus of a minus unless a space follows.
    const isLine = a === '-' && b === '-' && (!isMysql || c === '' || c <= ' ')
    if (isLine || (isMysql && a === '#'))
      return this.#token('comment', start, this.#endOfLine(start))
    if (isMysql && this.#runDepth > 0 && a === '*' && b === '/') {
      this.#runDepth--
      return this.#token('comment', start, start + 2)
    }
    if (a !== '/' || b !== '*') return undefined
    const run = isMysql ? this.#match(RUN_COMMENT, start) : ''
    if (run === '') return this.#token('comment', start, this.#endOfBlock(start))
    this.#runDepth++
    return this.#token('comment', start, start + run.length)
  }

  #quoted(start: number, prefix: string): Token | undefined {
    const isMysql = this.#dialect === 'mysql'
    const open = start + prefix.length
    const quote = this.#sql[open] ?? ''
    if (quote !== "'" && quote !== '"' && !(isMysql && quote === '`')) return undefined
    const isName = quote === '`' || (quote === '"' && !isMysql)
    const hasEscapes = isMysql ? !isName : prefix.toLowerCase() === 'e'
    const end = this.#endOfQuote(open, quote, hasEscapes)
    const inside = this.#sql.slice(open + 1, end - 1).replaceAll(quote + quote, quote)
    return this.#token(isName ? 'name' : 'text', start, end, inside)
  }

  #dollarQuoted(start: number): Token | undefined {
    if (this.#dialect === 'mysql') return undefined
    const mark = this.#match(DOLLAR, start)
    if (mark === '') return undefined
    const close = this.#sql.indexOf(mark, start + mark.length)
    if (close === -1) return this.#token('text', start, this.#never(start, mark))
    const inside = this.#sql.slice(start + mark.length, close)
    return this.#token('text', start, close + mark.length, inside)
  }

  #plain(start: number): Token {
    const word = this.#match(WORD, start)
    if (word !== '') return this.#word(word, start)
    const number = this.#match(NUMBER, start)
    return number === ''
      ? this.#token('symbol', start, start + 1)
      : this.#token('number', start, start + number.length)
  }

  /** PostgreSQL takes A to Z for small letters, and no others. */
  #word(written: string, start: number): Token {
    const text = written.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
    const token = this.#token('word', start, start + written.length, text)
    return this.#dialect === 'mysql' && written !== text ? { ...token, written } : token
  }

  #token(kind: Token['kind'], start: number, end: number, text?: string): Token {
    this.at = end
    const line = this.#lineAt(start)
    return { kind, text: text ?? this.#sql.slice(start, end), line, start, end }
  }

  #endOfLine(from: number): number {
    const end = this.#sql.indexOf('\n', from)
    return end === -1 ? this.#sql.length : end
  }

  /** PostgreSQL's block comments may stand in each other; MySQL's may not. */
  #endOfBlock(start: number): number {
    let depth = 0
    const marks = this.#dialect === 'mysql' ? BLOCK_END : BLOCK_MARK
    marks.lastIndex = this.#dialect === 'mysql' ? start + 2 : start
    for (let mark = marks.exec(this.#sql); mark !== null; mark = marks.exec(this.#sql)) {
      depth += mark[0] === '/*' ? 1 : -1
      if (depth <= 0) return marks.lastIndex
    }
    return this.#never(start, '/*')
  }

  #endOfQuote(open: number, quote: string, hasEscapes: boolean): number {
    for (let at = open + 1; at < this.#sql.length; at++) {
      const c = this.#sql[at]
      if (c === '\\' && hasEscapes) at++
      else if (c === quote && this.#sql[at + 1] === quote) at++
      else if (c === quote) return at + 1
    }
    return this.#never(open, quote)
  }

  #never(start: number, what: string): number {
    this.unclosed ??= { line: this.#lineAt(start), what: what.slice(0, 40) }
    return this.#sql.length
  }

  #match(pattern: RegExp, at: number): string {
    pattern.lastIndex = at
    return pattern.exec(this.#sql)?.[0] ?? ''
  }
}
