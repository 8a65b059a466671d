/** Reads a statement's tokens from left to right: phrases, names, lists in parentheses. */
import type { Token } from './scanner.ts'

/** What a name shows of itself in a reason. */
const NAME_SHOWN_MAX = 60

export class Words {
  readonly tokens: readonly Token[]
  at = 0

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.at >= this.tokens.length
  }

  /** The word or symbol there; empty for what is quoted, a number or the end. */
  peek(ahead = 0): string {
    const token = this.tokens[this.at + ahead]
    return token?.kind === 'word' || token?.kind === 'symbol' ? token.text : ''
  }

  /** Whether these words come next; then they are taken. */
  take(phrase: string): boolean {
    const words = phrase.split(' ')
    if (!words.every((word, i) => this.peek(i) === word)) return false
    this.at += words.length
    return true
  }

  /** Takes the first of these that comes next. */
  takeOne(...phrases: readonly string[]): string | undefined {
    return phrases.find((phrase) => this.take(phrase))
  }

  /**
   * `a.b.c`, as one text to compare, in which `"a.b"` is another; undefined when no name stands
   * there.
   */
  name(): string | undefined {
    const parts: string[] = []
    for (;;) {
      const token = this.tokens[this.at]
      if (token?.kind !== 'word' && token?.kind !== 'name') break
      const text = token.written ?? token.text
      parts.push(text.includes('.') ? `"${text}"` : text)
      this.at++
      if (this.peek() !== '.') return parts.join('.')
      this.at++
    }
    return undefined
  }

  /** The word or quoted name there, taken; not the dotted rest. */
  identifier(): string | undefined {
    const token = this.tokens[this.at]
    if (token?.kind !== 'word' && token?.kind !== 'name') return undefined
    this.at++
    return token.text
  }

  skip(): void {
    this.at++
  }

  /** What stands after the word, which is looked for outside of parentheses. */
  after(word: string): readonly Token[] | undefined {
    const rest = this.tokens.slice(this.at)
    const found = flatten(rest).find(({ kind, text }) => kind === 'word' && text === word)
    return found && rest.slice(rest.indexOf(found) + 1)
  }

  /** What follows as words and symbols, parentheses with their inside left out. */
  flat(): readonly string[] {
    return flatten(this.tokens.slice(this.at)).map(textOf)
  }

  /** What follows, cut at commas that stand in no parentheses. */
  list(): readonly Words[] {
    const parts: Token[][] = [[]]
    let depth = 0
    for (const token of this.tokens.slice(this.at)) {
      depth += depthOf(token)
      if (depth === 0 && token.kind === 'symbol' && token.text === ',') parts.push([])
      else parts.at(-1)?.push(token)
    }
    return parts.map((part) => new Words(part))
  }

  /** The inside of the parentheses that come next, as a list; undefined when none do. */
  inParentheses(): readonly Words[] | undefined {
    if (this.peek() !== '(') return undefined
    const from = this.at + 1
    let depth = 0
    for (; this.at < this.tokens.length; this.at++) {
      depth += depthOf(this.tokens[this.at])
      if (depth === 0) break
    }
    const inside = new Words(this.tokens.slice(from, this.at))
    this.at++
    return inside.list()
  }
}

/** As many close as open, and none before it was opened. */
export function isBalanced(tokens: readonly Token[]): boolean {
  let depth = 0
  for (const token of tokens) {
    depth += depthOf(token)
    if (depth < 0) return false
  }
  return depth === 0
}

export const shownName = (name: string | undefined) =>
  name === undefined ? 'it' : name.slice(0, NAME_SHOWN_MAX)

function flatten(tokens: readonly Token[]): readonly Token[] {
  let depth = 0
  return tokens.filter((token) => {
    const change = depthOf(token)
    const isOutside = depth === 0
    depth += change
    return isOutside && change === 0
  })
}

function depthOf(token: Token | undefined): number {
  if (token?.kind !== 'symbol') return 0
  if (token.text === '(') return 1
  return token.text === ')' ? -1 : 0
}

const textOf = ({ kind, text }: Token) => (kind === 'word' || kind === 'symbol' ? text : '')
