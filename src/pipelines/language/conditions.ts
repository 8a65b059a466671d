/**
 * The truth table of `if` and `needs`, in one place. An `if` that asks about outcomes itself (a
 * status function, or the outcome of a job) stands alone; any other is asked only when everything
 * needed has succeeded. What was skipped is neither a success nor a failure.
 */
import type { JobOutcome } from '../events.ts'
import { type Bindings, readExpression, STATUS_MARK, type Tree } from './expressions/expression.ts'
import { childrenOf } from './expressions/expression.ts'
import { hasExpression, holesOf, readText } from './expressions/text.ts'
import type { OUTCOMES } from './scope.ts'

export type Settled = (typeof OUTCOMES)[number]

/** What a job, or several legs of one, came to; undefined when that is not certain yet. */
export function settledAs(outcomes: readonly (JobOutcome | undefined)[]): Settled | undefined {
  if (outcomes.includes(undefined)) return undefined
  const has = (...some: readonly JobOutcome[]) => some.some((one) => outcomes.includes(one))
  if (has('failed', 'timedOut', 'lost', 'unknown')) return 'failed'
  if (has('cancelled')) return 'cancelled'
  return has('skipped') ? 'skipped' : 'succeeded'
}

export type Ruling =
  | { readonly runs: true }
  | { readonly runs: false; readonly reason: 'needs' | 'condition' }
  | { readonly problem: string }

/** Whether a job runs, once everything it needs has ended. */
export function ruling(
  condition: string | undefined,
  needs: readonly Settled[],
  bindings: Bindings,
): Ruling {
  const succeeded = needs.every((one) => one === 'succeeded')
  if (condition === undefined) return succeeded ? { runs: true } : { runs: false, reason: 'needs' }
  const read = readExpression(bare(condition))
  if ('problem' in read) return { problem: read.problem.message }
  const { expression } = read
  if (expression.asks.size === 0 && !asksOutcome(expression.tree) && !succeeded)
    return { runs: false, reason: 'needs' }
  const answer = expression.answer({
    ...bindings,
    [`${STATUS_MARK}always`]: true,
    [`${STATUS_MARK}succeeded`]: succeeded,
    [`${STATUS_MARK}failed`]: needs.includes('failed'),
  })
  if ('problem' in answer) return { problem: `${expression.source}: ${answer.problem}.` }
  if (typeof answer.value !== 'boolean') return { problem: `${expression.source} is no question.` }
  return answer.value ? { runs: true } : { runs: false, reason: 'condition' }
}

/** `jobs.x.outcome`, or `status`: who asks that has thought about failure. */
function asksOutcome(tree: Tree): boolean {
  const { exprKind } = tree
  if (exprKind.case === 'selectExpr' && exprKind.value.field === 'outcome') return true
  if (exprKind.case === 'identExpr' && exprKind.value.name === 'status') return true
  return childrenOf(tree).some(asksOutcome)
}

/** An expression may be written in `${{ }}` where it needs none. */
export function bare(condition: string): string {
  if (!hasExpression(condition)) return condition
  const read = readText(condition.trim())
  if ('problem' in read || read.text.length !== 1) return condition
  return holesOf(read.text)[0]?.expression.source ?? condition
}
