/**
 * Text with expressions in it: `${{ … }}`. What is put in stands where it is put and is never read
 * again, so a branch that is named like an expression stays a name. `$${{` is the text itself.
 */
import {
  type Bindings,
  type Expression,
  type ExpressionProblem,
  readExpression,
} from './expression.ts'

const OPEN = '${{'
/** What one value may become; the system passes no longer ones to a process. */
export const FILLED_BYTES_MAX = 64 * 1024

export interface Hole {
  readonly expression: Expression
  /** Where the expression begins inside the text. */
  readonly offset: number
}

export type Text = readonly (string | Hole)[]

export const hasExpression = (text: string): boolean => text.includes(OPEN)

export function readText(
  text: string,
): { readonly text: Text } | { readonly problem: ExpressionProblem } {
  const parts: (string | Hole)[] = []
  let at = 0
  for (let open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, at)) {
    if (text[open - 1] === '$' && open > at) {
      parts.push(text.slice(at, open - 1), OPEN)
      at = open + OPEN.length
      continue
    }
    const close = closing(text, open + OPEN.length)
    if (close === undefined)
      return {
        problem: {
          offset: open,
          message: 'This ${{ is never closed.',
          remedy: 'Close it with }}, or write $${{ for the text itself.',
        },
      }
    const inside = text.slice(open + OPEN.length, close)
    const offset = open + OPEN.length + (inside.length - inside.trimStart().length)
    const read = readExpression(inside.trim())
    if ('problem' in read)
      return { problem: { ...read.problem, offset: offset + read.problem.offset } }
    parts.push(text.slice(at, open), { expression: read.expression, offset })
    at = close + 2
  }
  return { text: [...parts, text.slice(at)].filter((part) => part !== '') }
}

/** Where `}}` stands outside quotes and outside the braces of a map. */
function closing(text: string, from: number): number | undefined {
  let [depth, quote] = [0, '']
  for (let i = from; i < text.length; i++) {
    const c = text[i] ?? ''
    if (quote !== '') {
      if (c === '\\') i++
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if (c === '{') depth++
    else if (c === '}' && depth > 0) depth--
    else if (c === '}' && text[i + 1] === '}') return i
  }
  return undefined
}

export const holesOf = (text: Text): readonly Hole[] =>
  text.filter((part): part is Hole => typeof part !== 'string')

export function fill(
  text: Text,
  bindings: Bindings,
): { readonly filled: string } | { readonly problem: string } {
  let filled = ''
  for (const part of text) {
    if (typeof part === 'string') {
      filled += part
      continue
    }
    const answer = part.expression.answer(bindings)
    if ('problem' in answer) return { problem: `${part.expression.source}: ${answer.problem}.` }
    const { value } = answer
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return { problem: `${part.expression.source} is no text, number or truth.` }
    filled += String(value)
    if (filled.length > FILLED_BYTES_MAX)
      return { problem: `${part.expression.source} makes a text of more than 64 kB.` }
  }
  return { filled }
}
