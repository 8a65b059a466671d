/**
 * Finds what is wrong in an expression before anything runs: names that are not there, with the
 * nearest one that is; comparisons that can never be true; an `if` that is no question. What it
 * cannot know it lets pass: evaluation answers with an error, never with a wrong value.
 */
import { operationType } from './check-calls.ts'
import { type Expression, type ExpressionProblem, STATUS_MARK, type Tree } from './expression.ts'
import { type Checking, fieldOf, own, type Scope, suggest } from './names.ts'
import { ANY, BOOL, NUMBER, STRING, type Type } from './types.ts'

export function checkExpression(
  expression: Expression,
  scope: Scope,
  absent: Readonly<Record<string, string>> = {},
): { readonly type: Type; readonly problems: readonly ExpressionProblem[] } {
  const problems: ExpressionProblem[] = []
  const checking = (local: Readonly<Record<string, Type>>): Checking => ({
    scope,
    absent,
    local,
    typeOf(tree) {
      return typeOf(tree, this)
    },
    within: (more) => checking({ ...local, ...more }),
    say(tree, message, remedy) {
      problems.push({ offset: expression.offsetOf(tree), message, remedy })
    },
  })
  return { type: checking({}).typeOf(expression.tree), problems }
}

function typeOf(tree: Tree, check: Checking): Type {
  const { exprKind } = tree
  switch (exprKind.case) {
    case 'constExpr':
      return typeOfConstant(exprKind.value.constantKind.case)
    case 'identExpr':
      return typeOfName(tree, exprKind.value.name, check)
    case 'selectExpr': {
      const { operand, field, testOnly } = exprKind.value
      if (operand === undefined) return ANY
      const type = fieldOf(operand, field, check)
      return testOnly ? BOOL : type
    }
    case 'callExpr':
      return operationType(tree, exprKind.value, check)
    case 'listExpr':
      for (const element of exprKind.value.elements) check.typeOf(element)
      return { kind: 'list' }
    case 'structExpr':
      for (const { value } of exprKind.value.entries) if (value !== undefined) check.typeOf(value)
      return { kind: 'map' }
    case 'comprehensionExpr': {
      const { iterRange, iterVar, iterVar2, accuVar, accuInit, loopStep, result } = exprKind.value
      if (iterRange !== undefined) check.typeOf(iterRange)
      if (accuInit !== undefined) check.typeOf(accuInit)
      const inner = check.within({ [iterVar]: ANY, [iterVar2]: ANY, [accuVar]: ANY })
      if (loopStep !== undefined) inner.typeOf(loopStep)
      return result === undefined ? ANY : inner.typeOf(result)
    }
    case undefined:
      return ANY
  }
}

function typeOfConstant(kind: string | undefined): Type {
  switch (kind) {
    case 'stringValue':
      return STRING
    case 'boolValue':
      return BOOL
    case 'int64Value':
    case 'uint64Value':
    case 'doubleValue':
      return NUMBER
    case 'nullValue':
      return { kind: 'null' }
    default:
      return ANY
  }
}

function typeOfName(tree: Tree, name: string, check: Checking): Type {
  if (name.startsWith(STATUS_MARK)) {
    const why = check.absent[name]
    if (why !== undefined) check.say(tree, `${name.slice(1)}() cannot be asked here.`, why)
    return BOOL
  }
  const type = own(check.local, name) ?? own(check.scope, name)
  if (type !== undefined) return type
  const why = own(check.absent, name)
  if (why !== undefined) check.say(tree, `${name} is not there.`, why)
  else check.say(tree, `There is no ${name}.`, suggest(name, Object.keys(check.scope)))
  return ANY
}
