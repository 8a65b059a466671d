/** Texts with expressions, taken apart: what is the same in every run is filled in at once. */
import type { Expression } from '../language/expressions/expression.ts'
import { hasExpression, readText } from '../language/expressions/text.ts'
import type { InputManifest } from '../language/manifest.ts'
import type { PlanProblem } from '../language/problem.ts'
import type { Known } from './conditions/condition.ts'
import { defaultOf, pathOf } from './conditions/read.ts'
import type { Part } from './lowered.ts'

export type Path = readonly (string | number)[]

interface Surroundings {
  readonly known: Known
  readonly inputs: Readonly<Record<string, InputManifest>>
}

export function partsOf(
  path: Path,
  text: string,
  around: Surroundings,
): { readonly parts: readonly Part[] } | { readonly problems: readonly PlanProblem[] } {
  if (!hasExpression(text)) return { parts: [{ is: 'text', text }] }
  const read = readText(text)
  if ('problem' in read) return { problems: [{ path, ...read.problem }] }
  const problems: PlanProblem[] = []
  const parts: Part[] = []
  for (const one of read.text) {
    const part =
      typeof one === 'string'
        ? ({ is: 'text', text: one } as const)
        : partOf(one.expression, around)
    if (part !== undefined) parts.push(part)
    else if (typeof one !== 'string')
      problems.push({
        path,
        offset: one.offset,
        message: `No CI system could be told ${one.expression.source} in a variable.`,
        remedy: 'Name one value in each variable, and put them together inside run.',
      })
  }
  return problems.length > 0 ? { problems } : { parts: joined(parts) }
}

function partOf({ tree }: Expression, { known, inputs }: Surroundings): Part | undefined {
  const path = pathOf(tree)
  const [root, name = '', field, last = ''] = path
  if (path.length === 1) {
    if (root === 'event' || root === 'branch' || root === 'ref' || root === 'sha')
      return { is: root }
    if (root === 'service') return { is: 'text', text: known.service }
    if (root === 'tier' && known.tier !== undefined) return { is: 'text', text: String(known.tier) }
  }
  if (path.length === 2) {
    if (root === 'vars' && Object.hasOwn(known.vars, name))
      return { is: 'text', text: String(known.vars[name]) }
    if (root === 'matrix') return { is: 'matrix', axis: name }
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined
    if (root === 'inputs' && input !== undefined)
      return { is: 'input', name, otherwise: defaultOf(input) }
  }
  if (root === 'jobs' && field === 'results' && path.length === 4)
    return { is: 'result', job: name, name: last }
  return undefined
}

function joined(parts: readonly Part[]): readonly Part[] {
  const whole: Part[] = []
  for (const part of parts) {
    const before = whole.at(-1)
    if (part.is === 'text' && before?.is === 'text')
      whole[whole.length - 1] = { is: 'text', text: before.text + part.text }
    else whole.push(part)
  }
  return whole
}

export const plainText = (parts: readonly Part[]): string | undefined =>
  parts.every(({ is }) => is === 'text')
    ? parts.map((part) => (part.is === 'text' ? part.text : '')).join('')
    : undefined
