/**
 * The part of CEL that the conditions of CI systems can say too, as a tree that each of them
 * prints in its own words. What does not fit is a problem with its place, never an approximation:
 * a deployment that runs on the wrong branch is worse than a file that is not written.
 */
import type { Scalar } from '../../events.ts'

export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'skipped'
export type Event = 'push' | 'pullRequest' | 'manual'

/** What is known of a run when it begins. */
export type Subject =
  | { readonly is: 'event' | 'branch' | 'ref' | 'sha' }
  | { readonly is: 'input'; readonly name: string; readonly type: 'text' | 'truth' | 'number' }

export type Operator = '==' | 'startsWith' | 'endsWith' | 'contains'

export interface Comparison {
  readonly kind: 'text'
  readonly of: Subject
  readonly operator: Operator
  readonly text: string
}

export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | Comparison
  /** How a job that is needed ended. */
  | { readonly kind: 'outcome'; readonly job: string; readonly is: Outcome }
  /** Of everything that is needed. */
  | { readonly kind: 'asks'; readonly what: 'always' | 'succeeded' | 'failed' }
  /** How the run ended, in finally. */
  | { readonly kind: 'ended'; readonly as: Outcome }

/** What is the same in every run of the pipeline. */
export interface Known {
  readonly service: string
  readonly tier: number | undefined
  readonly vars: Readonly<Record<string, Scalar>>
}

export const constant = (value: boolean): Condition => ({ kind: 'constant', value })

export function allOf(...of: readonly Condition[]): Condition {
  const flat = of.flatMap((one) => (one.kind === 'and' ? one.of : [one]))
  if (flat.some((one) => one.kind === 'constant' && !one.value)) return constant(false)
  const open = unlike(flat.filter(({ kind }) => kind !== 'constant'))
  return open.length === 1 && open[0] !== undefined ? open[0] : merged('and', open, true)
}

export function anyOf(...of: readonly Condition[]): Condition {
  const flat = of.flatMap((one) => (one.kind === 'or' ? one.of : [one]))
  if (flat.some((one) => one.kind === 'constant' && one.value)) return constant(true)
  const open = unlike(flat.filter(({ kind }) => kind !== 'constant'))
  return open.length === 1 && open[0] !== undefined ? open[0] : merged('or', open, false)
}

const merged = (kind: 'and' | 'or', of: readonly Condition[], empty: boolean): Condition =>
  of.length === 0 ? constant(empty) : { kind, of }

/** What is asked by a job and by all it needs is asked once. */
function unlike(of: readonly Condition[]): readonly Condition[] {
  const seen = new Set<string>()
  return of.filter((one) => {
    const key = JSON.stringify(one)
    return seen.has(key) ? false : seen.add(key)
  })
}

export function negated(condition: Condition): Condition {
  if (condition.kind === 'constant') return constant(!condition.value)
  return condition.kind === 'not' ? condition.of : { kind: 'not', of: condition }
}

export const eventIs = (event: Event): Condition => ({
  kind: 'text',
  of: { is: 'event' },
  operator: '==',
  text: event,
})

/** Every leaf in it. */
export function leavesOf(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.flatMap(leavesOf)
    case 'not':
      return leavesOf(condition.of)
    case 'constant':
    case 'text':
    case 'outcome':
    case 'asks':
    case 'ended':
      return [condition]
  }
}

export const isAboutOthers = (condition: Condition): boolean =>
  leavesOf(condition).some(({ kind }) => ['outcome', 'asks', 'ended'].includes(kind))

/** `always()`, perhaps with a condition about the run itself. */
export function isAlways(condition: Condition | undefined): boolean {
  if (condition === undefined) return false
  const others = (condition.kind === 'and' ? condition.of : [condition]).filter(isAboutOthers)
  return others.length > 0 && others.every((one) => one.kind === 'asks' && one.what === 'always')
}
