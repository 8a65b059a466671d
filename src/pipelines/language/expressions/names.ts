/** Names in expressions: what they stand for, and what was meant when they stand for nothing. */
import { nearest } from '#kernel/nearest.ts'
import type { Tree } from './expression.ts'
import { ANY, named, type Type } from './types.ts'

export type Scope = Readonly<Record<string, Type>>

export interface Checking {
  readonly scope: Scope
  /** Why a name that is known elsewhere cannot be said here. */
  readonly absent: Readonly<Record<string, string>>
  readonly local: Readonly<Record<string, Type>>
  typeOf(tree: Tree): Type
  within(local: Readonly<Record<string, Type>>): Checking
  say(tree: Tree, message: string, remedy: string): void
}

/** The type of what a name after a dot, or a quoted one in brackets, stands for. */
export function fieldOf(operand: Tree, field: string, check: Checking): Type {
  const type = check.typeOf(operand)
  if (type.kind === 'object') {
    const found = own(type.fields, field)
    if (found !== undefined) return found
    const path = pathOf(operand)
    const why = own(check.absent, `${path}.${field}`)
    const known = Object.keys(type.fields)
    const isUndeclared = known.length === 0 && path.endsWith('.results')
    const hint = isUndeclared ? `The job declares it: results: { ${field}: <file> }.` : undefined
    check.say(operand, `${path} has no ${field}.`, why ?? hint ?? suggest(field, known))
    return ANY
  }
  if (type.kind === 'any' || type.kind === 'map') return ANY
  check.say(operand, `${pathOf(operand)} is ${named(type)}; it has no ${field}.`, 'Use it alone.')
  return ANY
}

export function pathOf({ exprKind }: Tree): string {
  if (exprKind.case === 'identExpr') return exprKind.value.name
  if (exprKind.case === 'selectExpr' && exprKind.value.operand !== undefined)
    return `${pathOf(exprKind.value.operand)}.${exprKind.value.field}`
  return 'this'
}

export function suggest(name: string, known: readonly string[]): string {
  const close = nearest(name, known)
  if (close !== undefined) return `Did you mean ${close}?`
  return known.length === 0 ? 'Take it away.' : `There is ${known.slice(0, 20).join(', ')}.`
}

export const own = <T>(fields: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined
