/** The values that expressions speak of while a run is planned and while it runs. */
import type { RunFacts, Scalar } from '../events.ts'
import type { Bindings } from './expressions/expression.ts'
import { fill, readText } from './expressions/text.ts'

type Values = Readonly<Record<string, Scalar>>

export function factBindings(facts: RunFacts): Bindings {
  const { inputs, vars, tier, ...rest } = facts
  return { ...rest, tier: BigInt(tier), inputs: bindable(inputs), vars: bindable(vars) }
}

export const matrixBindings = (matrix: Values = {}): Bindings => ({ matrix: bindable(matrix) })

/** Whole numbers are integers, as they were written; CEL tells 24 from 24.0. */
function bindable(values: Values): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Number.isSafeInteger(value) ? BigInt(value) : value,
    ]),
  )
}

export function filled(
  text: string,
  bindings: Bindings,
): { readonly filled: string } | { readonly problem: string } {
  const read = readText(text)
  return 'problem' in read ? { problem: read.problem.message } : fill(read.text, bindings)
}
