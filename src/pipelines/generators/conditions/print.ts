/** A condition in the words of each target; undefined where it has none for it. */
import type { Comparison, Condition } from './condition.ts'
import { negated } from './condition.ts'

export interface Words {
  readonly and: string
  readonly or: string
  /** Absent where a language has no `not`: then it is pushed down to the comparisons. */
  readonly not?: ((inner: string) => string) | undefined
  readonly constant: (value: boolean) => string | undefined
  readonly leaf: (leaf: Leaf, isNegated: boolean) => string | undefined
}

export type Leaf = Exclude<Condition, { kind: 'and' | 'or' | 'not' | 'constant' }>
export type { Comparison }

export function print(condition: Condition, words: Words): string | undefined {
  return part(words.not === undefined ? pushedDown(condition, false) : condition, words, true)
}

function part(condition: Condition, words: Words, isTop: boolean): string | undefined {
  switch (condition.kind) {
    case 'constant':
      return words.constant(condition.value)
    case 'and':
    case 'or': {
      const parts = condition.of.map((one) => part(one, words, false))
      if (parts.includes(undefined)) return undefined
      const text = parts.join(words[condition.kind])
      return isTop ? text : `(${text})`
    }
    case 'not': {
      if (words.not === undefined)
        return isLeaf(condition.of) ? words.leaf(condition.of, true) : undefined
      const direct = isLeaf(condition.of) ? words.leaf(condition.of, true) : undefined
      if (direct !== undefined) return direct
      const inner = part(condition.of, words, true)
      return inner === undefined ? undefined : words.not(inner)
    }
    case 'text':
    case 'outcome':
    case 'asks':
    case 'ended':
      return words.leaf(condition, false)
  }
}

const isLeaf = (condition: Condition): condition is Leaf =>
  condition.kind !== 'and' &&
  condition.kind !== 'or' &&
  condition.kind !== 'not' &&
  condition.kind !== 'constant'

/** De Morgan: not(a and b) is not(a) or not(b). */
function pushedDown(condition: Condition, isNegated: boolean): Condition {
  switch (condition.kind) {
    case 'not':
      return pushedDown(condition.of, !isNegated)
    case 'and':
    case 'or': {
      const kind = isNegated ? (condition.kind === 'and' ? 'or' : 'and') : condition.kind
      return { kind, of: condition.of.map((one) => pushedDown(one, isNegated)) }
    }
    case 'constant':
    case 'text':
    case 'outcome':
    case 'asks':
    case 'ended':
      return isNegated ? negated(condition) : condition
  }
}

export const regexQuoted = (text: string): string =>
  text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)

/** A comparison as a regular expression; equality too, for those who have no other way. */
export function asPattern({ operator, text }: Pick<Comparison, 'operator' | 'text'>): string {
  const inner = regexQuoted(text)
  switch (operator) {
    case '==':
      return `^${inner}$`
    case 'startsWith':
      return `^${inner}`
    case 'endsWith':
      return `${inner}$`
    case 'contains':
      return inner
  }
}
