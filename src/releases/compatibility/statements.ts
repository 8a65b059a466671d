/**
 * A migration's text as its statements, each with its line, its tokens and the comments before and
 * in it. Where a statement ends is what the databases' own clients say: `;`, or what MySQL's
 * DELIMITER names; not in quotes or comments, in a routine's BEGIN ATOMIC … END, or in a rule's
 * parentheses; and the data after COPY … FROM stdin belongs to none.
 */
import type { SchemaDialect } from '../events.ts'
import { Scanner, type Token } from './scanner.ts'

/** As much as git hands out of a file. */
export const TEXT_LENGTH_MAX = 1024 * 1024
/** More than the longest squashed history; a file with more holds data, not steps. */
export const STATEMENTS_MAX = 10_000
/** An INSERT may have a million values; what it does stands in its first words. */
const TOKENS_MAX = 20_000
/** MySQL's client takes sixteen characters. */
const DELIMITER_LENGTH_MAX = 16

export interface Statement {
  readonly line: number
  readonly tokens: readonly Token[]
  /** There are more. */
  readonly isCut: boolean
  readonly comments: readonly Token[]
  /** As it stands in the file. */
  readonly text: string
}

export interface Split {
  readonly statements: readonly Statement[]
  /** From there on nothing is known of what the file does. */
  readonly problem: { readonly line: number; readonly message: string } | undefined
}

export function splitStatements(sql: string, dialect: SchemaDialect): Split {
  if (sql.length > TEXT_LENGTH_MAX)
    return { statements: [], problem: { line: 1, message: 'The file is longer than 1 MiB.' } }
  const splitter = new Splitter(sql, dialect)
  const statements: Statement[] = []
  for (;;) {
    const statement = splitter.next()
    if (statement === undefined) break
    if (statements.length >= STATEMENTS_MAX) {
      const message = `The file has more than ${STATEMENTS_MAX} statements.`
      return { statements, problem: { line: statement.line, message } }
    }
    statements.push(statement)
  }
  const { unclosed } = splitter
  const problem = unclosed && {
    line: unclosed.line,
    message: `What ${unclosed.what} opens is never closed.`,
  }
  return { statements, problem }
}

class Splitter {
  readonly #sql: string
  readonly #dialect: SchemaDialect
  readonly #scanner: Scanner
  #delimiter = ';'

  constructor(sql: string, dialect: SchemaDialect) {
    this.#sql = sql
    this.#dialect = dialect
    this.#scanner = new Scanner(sql, dialect)
  }

  get unclosed() {
    return this.#scanner.unclosed
  }

  next(): Statement | undefined {
    for (;;) {
      const { tokens, comments, count } = this.#collect()
      const [first] = tokens
      const last = tokens.at(-1)
      if (first === undefined || last === undefined) {
        if (this.#isAtEnd()) return undefined
        continue
      }
      if (isCopyFromStdin(tokens)) this.#skipData()
      const isCut = count > tokens.length
      const text = this.#sql.slice(first.start, last.end)
      return { line: first.line, tokens, isCut, comments, text }
    }
  }

  /** Up to the delimiter, and past it. */
  #collect() {
    const tokens: Token[] = []
    const comments: Token[] = []
    const nesting = new Nesting()
    let count = 0
    for (;;) {
      this.#scanner.skipSpace()
      if (!nesting.isInside && this.#scanner.startsWith(this.#delimiter)) {
        this.#scanner.at += this.#delimiter.length
        break
      }
      const token = this.#scanner.next()
      if (token === undefined) break
      if (token.kind === 'comment') {
        comments.push(token)
        continue
      }
      if (count === 0 && this.#isClientCommand(token, tokens)) break
      count++
      nesting.see(token)
      if (tokens.length < TOKENS_MAX) tokens.push(token)
    }
    return { tokens, comments, count }
  }

  /** DELIMITER is obeyed; psql's own commands take the line, and nobody here knows what they do. */
  #isClientCommand(token: Token, tokens: Token[]): boolean {
    if (this.#dialect === 'mysql' && token.kind === 'word' && token.text === 'delimiter') {
      const wanted = this.#scanner.restOfLine().trim().split(/\s/, 1)[0] ?? ''
      if (wanted !== '') this.#delimiter = wanted.slice(0, DELIMITER_LENGTH_MAX)
      return true
    }
    if (this.#dialect !== 'postgresql' || token.text !== '\\') return false
    this.#scanner.restOfLine()
    tokens.push(token)
    return true
  }

  #skipData(): void {
    this.#scanner.restOfLine()
    this.#scanner.at++
    this.#scanner.skipPastLine('\\.')
  }

  #isAtEnd(): boolean {
    this.#scanner.skipSpace()
    return this.#scanner.at >= this.#sql.length
  }
}

/** Where a delimiter ends nothing: in a rule's parentheses, and between BEGIN ATOMIC and END. */
class Nesting {
  #words: string[] = []
  #parentheses = 0
  #blocks = 0

  get isInside(): boolean {
    const isRule = this.#words[0] === 'create' && this.#words.slice(1, 5).includes('rule')
    return this.#blocks > 0 || (isRule && this.#parentheses > 0)
  }

  see({ kind, text }: Token): void {
    if (kind === 'symbol') {
      if (text === '(') this.#parentheses++
      if (text === ')') this.#parentheses--
    }
    if (kind !== 'word') return
    const isAtomic = text === 'atomic' && this.#words.at(-1) === 'begin'
    if (isAtomic || (this.#blocks > 0 && text === 'case')) this.#blocks++
    if (this.#blocks > 0 && text === 'end') this.#blocks--
    this.#words = [...this.#words.slice(0, 5), text]
  }
}

function isCopyFromStdin(tokens: readonly Token[]): boolean {
  if (tokens[0]?.kind !== 'word' || tokens[0].text !== 'copy') return false
  const from = tokens.findLastIndex(({ kind, text }) => kind === 'word' && text === 'from')
  const source = tokens[from + 1]
  return from > 0 && source?.kind === 'word' && source.text === 'stdin'
}
