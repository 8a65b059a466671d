/** From CEL to a condition: what can be said elsewhere, and where the rest stands. */
import { EVENTS } from '../../language/scope.ts'
import { readExpression, STATUS_MARK, type Tree } from '../../language/expressions/expression.ts'
import { bare } from '../../language/conditions.ts'
import type { InputManifest } from '../../language/manifest.ts'
import type { Scalar } from '../../events.ts'
import {
  allOf,
  anyOf,
  type Condition,
  constant,
  eventIs,
  type Known,
  negated,
  type Operator,
  type Outcome,
  type Subject,
} from './condition.ts'

export interface Reading {
  readonly known: Known
  readonly inputs: Readonly<Record<string, InputManifest>>
  /** Whether pull requests start runs. */
  readonly hasPullRequests?: boolean
}

type Term =
  | { readonly is: 'value'; readonly value: Scalar }
  | {
      readonly is: 'subject'
      readonly subject: Subject
      readonly otherwise?: Scalar
      /** Where a branch has a name that those who ask for a merge do not choose. */
      readonly isGuarded?: boolean
    }
  | { readonly is: 'outcome'; readonly job: string }
  | { readonly is: 'status' }

export interface CannotSay {
  readonly what: string
  readonly offset: number
}

export function readCondition(
  written: string | boolean,
  reading: Reading,
): { readonly condition: Condition } | { readonly cannot: CannotSay } {
  const source = bare(String(written))
  const read = readExpression(source)
  if ('problem' in read) return { cannot: { what: source, offset: read.problem.offset } }
  const { expression } = read
  let cannot: CannotSay | undefined
  const refuse = (tree: Tree, what: string): Condition => {
    cannot ??= { what, offset: expression.offsetOf(tree) }
    return constant(false)
  }
  const condition = conditionOf(expression.tree, reading, refuse)
  return cannot === undefined ? { condition } : { cannot }
}

type Refuse = (tree: Tree, what: string) => Condition

function conditionOf(tree: Tree, reading: Reading, refuse: Refuse): Condition {
  const { exprKind } = tree
  if (exprKind.case === 'callExpr') {
    const { function: name, args, target } = exprKind.value
    const [left, right] = target === undefined ? args : [target, ...args]
    const each = args.map((arg) => (isLogic(name) ? conditionOf(arg, reading, refuse) : NEVER))
    if (name === '_&&_') return allOf(...each)
    if (name === '_||_') return anyOf(...each)
    if (name === '!_') return negated(each[0] ?? NEVER)
    if (left !== undefined && right !== undefined) {
      const pair = { tree, left, right }
      if (name === '_==_') return compared(pair, '==', reading, refuse)
      if (name === '_!=_') return negated(compared(pair, '==', reading, refuse))
      if (name === '@in' || name === '_in_') return among(tree, left, right, reading, refuse)
      if (name === 'startsWith' || name === 'endsWith' || name === 'contains')
        return compared(pair, name, reading, refuse)
      const ordered = ORDER[name]
      const [a, b] = [valueOf(left, reading), valueOf(right, reading)]
      if (ordered !== undefined && typeof a === 'number' && typeof b === 'number')
        return constant(ordered(a, b))
    }
    return refuse(tree, FUNCTIONS[name] ?? `${name}()`)
  }
  const term = termOf(tree, reading)
  if (term?.is === 'value' && typeof term.value === 'boolean') return constant(term.value)
  if (term?.is === 'subject') return compare(term, '==', 'true') ?? refuse(tree, 'this')
  if (exprKind.case === 'identExpr' && exprKind.value.name.startsWith(STATUS_MARK)) {
    const what = exprKind.value.name.slice(STATUS_MARK.length)
    if (what === 'always' || what === 'succeeded' || what === 'failed')
      return { kind: 'asks', what }
  }
  return refuse(tree, 'this')
}

const NEVER = constant(false)
const isLogic = (name: string) => name === '_&&_' || name === '_||_' || name === '!_'
const FUNCTIONS: Readonly<Record<string, string>> = {
  '_<_': '<',
  '_<=_': '<=',
  '_>_': '>',
  '_>=_': '>=',
  '_+_': '+',
  '_?_:_': 'a choice with ?',
  '_[_]': 'a value by its number',
}
const ORDER: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '_<_': (a, b) => a < b,
  '_<=_': (a, b) => a <= b,
  '_>_': (a, b) => a > b,
  '_>=_': (a, b) => a >= b,
}

function among(tree: Tree, left: Tree, list: Tree, reading: Reading, refuse: Refuse): Condition {
  if (list.exprKind.case !== 'listExpr') return refuse(list, 'a list that is not written out')
  const { elements } = list.exprKind.value
  return anyOf(...elements.map((right) => compared({ tree, left, right }, '==', reading, refuse)))
}

interface Pair {
  readonly tree: Tree
  readonly left: Tree
  readonly right: Tree
}

function compared(
  { tree, left, right }: Pair,
  operator: Operator,
  reading: Reading,
  refuse: Refuse,
): Condition {
  const [a, b] = [termOf(left, reading), termOf(right, reading)]
  if (a === undefined || b === undefined) return refuse(a === undefined ? left : right, 'this')
  if (a.is === 'value' && b.is === 'value') return constant(holds(a.value, operator, b.value))
  const [term, literal] = operator === '==' && a.is === 'value' ? [b, a] : [a, b]
  if (literal.is !== 'value') return refuse(tree, 'a comparison of two things that may vary')
  const condition = compare(term, operator, literal.value)
  return condition ?? refuse(tree, 'which pull request it is,')
}

function compare(term: Term, operator: Operator, value: Scalar): Condition | undefined {
  const text = String(value)
  if (term.is === 'value') return constant(holds(term.value, operator, value))
  if (term.is === 'outcome') return { kind: 'outcome', job: term.job, is: text as Outcome }
  if (term.is === 'status') return { kind: 'ended', as: text as Outcome }
  // There are three of them: whatever is asked of their names is asked of each.
  if (term.subject.is === 'event')
    return anyOf(...EVENTS.filter((event) => holds(event, operator, text)).map(eventIs))
  const asked: Condition = { kind: 'text', of: term.subject, operator, text }
  if (term.isGuarded === true) return guarded(asked, operator, text)
  if (term.otherwise === undefined) return asked
  // Nobody was asked: the input is what its declaration says.
  const otherwise = constant(holds(String(term.otherwise), operator, text))
  return anyOf(allOf(eventIs('manual'), asked), allOf(negated(eventIs('manual')), otherwise))
}

/**
 * The branch of a pull request is `pull/7`, whatever its author called it: a fork may have a branch
 * `main` too. Systems tell the author's name, so there it is not asked at all.
 */
function guarded(asked: Condition, operator: Operator, text: string): Condition | undefined {
  const end = /^(pull\/|ull\/|ll\/|l\/|\/)?\d+$/
  const mayVary = {
    '==': /^pull\/\d+$/,
    startsWith: /^pull\/\d+$/,
    endsWith: end,
    contains: end,
  }[operator]
  if (mayVary.test(text)) return undefined
  const always = holds('pull/x', operator, text) && !text.includes('x')
  const isPull = eventIs('pullRequest')
  return anyOf(allOf(isPull, constant(always)), allOf(negated(isPull), asked))
}

export function holds(value: Scalar, operator: Operator, other: Scalar): boolean {
  if (operator === '==') return value === other
  return String(value)[operator === 'contains' ? 'includes' : operator](String(other))
}

function termOf(tree: Tree, reading: Reading): Term | undefined {
  const value = valueOf(tree, reading)
  if (value !== undefined) return { is: 'value', value }
  const path = pathOf(tree)
  const [root, name = '', field] = path
  if (path.length === 1) {
    if (root === 'status') return { is: 'status' }
    const isGuarded = reading.hasPullRequests === true
    if (root === 'branch') return { is: 'subject', subject: { is: root }, isGuarded }
    if (root === 'event' || root === 'sha') return { is: 'subject', subject: { is: root } }
    // Each has its own refs for a request to merge.
    if (root === 'ref' && !isGuarded) return { is: 'subject', subject: { is: root } }
  }
  if (root === 'jobs' && field === 'outcome' && path.length === 3)
    return { is: 'outcome', job: name }
  if (root !== 'inputs' || path.length !== 2) return undefined
  const input = reading.inputs[name]
  if (input === undefined) return undefined
  const type = TYPES[input.type]
  return { is: 'subject', subject: { is: 'input', name, type }, otherwise: defaultOf(input) }
}

const TYPES = { string: 'text', choice: 'text', boolean: 'truth', number: 'number' } as const

export function defaultOf({ type, default: given, options }: InputManifest): Scalar {
  if (given !== undefined) return given
  if (type === 'boolean') return false
  if (type === 'number') return 0
  return type === 'choice' ? (options?.[0] ?? '') : ''
}

/** Literals, and what is the same in every run. */
function valueOf(tree: Tree, { known }: Reading): Scalar | undefined {
  const { exprKind } = tree
  if (exprKind.case === 'constExpr') {
    const { constantKind: kind } = exprKind.value
    if (kind.case === 'stringValue' || kind.case === 'boolValue' || kind.case === 'doubleValue')
      return kind.value
    return kind.case === 'int64Value' || kind.case === 'uint64Value'
      ? Number(kind.value)
      : undefined
  }
  const [root, name] = pathOf(tree)
  if (root === 'service' && name === undefined) return known.service
  if (root === 'tier' && name === undefined) return known.tier
  if (root === 'vars' && name !== undefined && Object.hasOwn(known.vars, name))
    return known.vars[name]
  return undefined
}

/** `jobs.build.outcome` as its three names; empty for what is no name. */
export function pathOf({ exprKind }: Tree): readonly string[] {
  if (exprKind.case === 'identExpr') return [exprKind.value.name]
  if (exprKind.case === 'selectExpr' && exprKind.value.operand !== undefined) {
    const above = pathOf(exprKind.value.operand)
    return above.length === 0 ? [] : [...above, exprKind.value.field]
  }
  if (exprKind.case === 'callExpr' && exprKind.value.function === '_[_]') {
    const [operand, index] = exprKind.value.args
    if (operand === undefined || index?.exprKind.case !== 'constExpr') return []
    const { constantKind } = index.exprKind.value
    if (constantKind.case === 'stringValue') return [...pathOf(operand), constantKind.value]
  }
  return []
}
