/** What operators and functions take and give. */
import { STATUS_FUNCTIONS, type Tree } from './expression.ts'
import { type Checking, fieldOf, pathOf, suggest } from './names.ts'
import { ANY, BOOL, NUMBER, named, STRING, type Type } from './types.ts'

interface Call {
  readonly function: string
  readonly target?: Tree | undefined
  readonly args: readonly Tree[]
}

const LOGIC = ['_&&_', '_||_', '!_']
const EQUAL = ['_==_', '_!=_']
const ORDER = ['_<_', '_<=_', '_>_', '_>=_']
const ARITHMETIC = ['_+_', '_-_', '_*_', '_/_', '_%_', '-_']

/** Of the functions of CEL those that have a use here. */
const FUNCTIONS: Readonly<Record<string, Type>> = {
  contains: BOOL,
  startsWith: BOOL,
  endsWith: BOOL,
  matches: BOOL,
  size: NUMBER,
  string: STRING,
  int: NUMBER,
  double: NUMBER,
  bool: BOOL,
  '@not_strictly_false': BOOL,
  '@in': BOOL,
  _in_: BOOL,
}

export function operationType(tree: Tree, call: Call, check: Checking): Type {
  const { function: name, args } = call
  if (name === '_[_]') return indexType(args, check)
  const given = [...(call.target === undefined ? [] : [call.target]), ...args]
  const types = given.map((arg) => check.typeOf(arg))
  if (LOGIC.includes(name)) return logicType(given, types, check)
  if (EQUAL.includes(name)) return equalType(given, types, check)
  if (ORDER.includes(name)) {
    mustMatch(given, types, check)
    return BOOL
  }
  if (ARITHMETIC.includes(name)) return mustMatch(given, types, check) ? (types[0] ?? ANY) : ANY
  if (name === '_?_:_') {
    mustBeTruth(given[0], types[0], check)
    return types[1]?.kind === types[2]?.kind ? widened(types[1]) : ANY
  }
  if (name === '@in' || name === '_in_') return memberType(given, types, check)
  const type = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (type !== undefined) return type
  const known = [
    ...STATUS_FUNCTIONS,
    ...Object.keys(FUNCTIONS).filter((each) => /^[a-z]/i.test(each)),
  ]
  const isStatus = STATUS_FUNCTIONS.some((each) => each === name)
  if (isStatus) check.say(tree, `${name}() takes nothing.`, `Write ${name}().`)
  else check.say(given[0] ?? tree, `There is no function ${name}.`, suggest(name, known))
  return ANY
}

const widened = (type: Type | undefined): Type => (type?.kind === 'string' ? STRING : (type ?? ANY))

function indexType([operand, index]: readonly Tree[], check: Checking): Type {
  if (operand === undefined || index === undefined) return ANY
  const text = textOf(index)
  if (text !== undefined) return fieldOf(operand, text, check)
  check.typeOf(index)
  const type = check.typeOf(operand)
  if (type.kind === 'object')
    check.say(operand, `What of ${pathOf(operand)} is meant must be plain.`, 'Name it after a dot.')
  return ANY
}

function logicType(given: readonly Tree[], types: readonly Type[], check: Checking): Type {
  for (const [i, type] of types.entries()) mustBeTruth(given[i], type, check)
  return BOOL
}

function mustBeTruth(tree: Tree | undefined, type: Type | undefined, check: Checking): void {
  if (tree === undefined || type === undefined) return
  if (type.kind === 'bool' || type.kind === 'any') return
  const what = pathOf(tree) === 'this' ? 'This' : pathOf(tree)
  check.say(tree, `${what} is ${named(type)}, and not a question.`, 'Compare it: x == "…".')
}

function equalType(given: readonly Tree[], types: readonly Type[], check: Checking): Type {
  if (!mustMatch(given, types, check)) return BOOL
  const [left, right] = given
  if (left !== undefined && right !== undefined) {
    mustBePossible(types[0], right, check)
    mustBePossible(types[1], left, check)
  }
  return BOOL
}

function memberType([, list]: readonly Tree[], types: readonly Type[], check: Checking): Type {
  if (list?.exprKind.case === 'listExpr')
    for (const element of list.exprKind.value.elements) mustBePossible(types[0], element, check)
  return BOOL
}

/** A text that can never stand there makes a comparison that is never true. */
function mustBePossible(type: Type | undefined, literal: Tree, check: Checking): void {
  const text = textOf(literal)
  if (text === undefined || type?.kind !== 'string' || type.oneOf === undefined) return
  if (type.oneOf.includes(text)) return
  check.say(literal, `It is never "${text}".`, suggest(text, type.oneOf))
}

function mustMatch(given: readonly Tree[], types: readonly Type[], check: Checking): boolean {
  const [left, right] = types
  if (left === undefined || right === undefined || given[0] === undefined) return true
  const isOpen = [left, right].some(({ kind }) => kind === 'any' || kind === 'null')
  if (isOpen || left.kind === right.kind) return true
  const pair = `${named(left)} with ${named(right)}`
  check.say(given[0], `This puts ${pair}.`, 'Turn one into the other: string(x), int(x).')
  return false
}

function textOf({ exprKind }: Tree): string | undefined {
  if (exprKind.case !== 'constExpr') return undefined
  const { constantKind } = exprKind.value
  return constantKind.case === 'stringValue' ? constantKind.value : undefined
}
