/**
 * Functions that make a fault of what they are given: `refused(message, remedy)`. What they say
 * stands where they are called, and a code may stand where they are told which to use.
 */
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { property, wordsOf } from './words.ts'

export interface FaultMaker {
  readonly path: string
  readonly name: string
  /** The parameters' names, in order. */
  readonly parameters: readonly string[]
  readonly code: ts.Expression
  readonly message: ts.Expression | undefined
  readonly remedy: ts.Expression | undefined
}

export interface FaultMade {
  readonly code: string
  readonly message: string
  readonly remedy: string
}

export function makersIn(file: ts.SourceFile): FaultMaker[] {
  const found: FaultMaker[] = []
  for (const statement of file.statements)
    for (const { name, of } of functionsIn(statement)) {
      const parameters = of.parameters.map((each) => each.name.getText())
      const visit = (node: ts.Node): void => {
        const fault = faultIn(node)
        if (fault !== undefined && isFilledIn(fault, parameters))
          found.push({ path: file.fileName, name, parameters, ...fault })
        ts.forEachChild(node, visit)
      }
      if (of.body !== undefined) visit(of.body)
    }
  return found
}

/** The faults that this call of a maker makes, or that this code is named for. */
export function madeBy(
  makers: readonly FaultMaker[],
  file: ts.SourceFile,
  node: ts.Node,
): FaultMade[] {
  if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.initializer)) {
    // `noSpace: 'git.no-space'`, for a maker that says `new Fault(codes.noSpace, …)`.
    const [key, code] = [node.name.getText(), node.initializer.text]
    return makers
      .filter((maker) => ts.isPropertyAccessExpression(maker.code) && maker.code.name.text === key)
      .map(({ message, remedy }) => ({ code, message: wordsOf(message), remedy: wordsOf(remedy) }))
  }
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return []
  const { text: name } = node.expression
  const path = homeOf(file, name)
  return makers
    .filter((maker) => maker.name === name && maker.path === path)
    .map(({ parameters, code, message, remedy }) => {
      const given = (part: ts.Expression | undefined) => {
        const i = part === undefined ? -1 : parameters.indexOf(part.getText())
        return i < 0 ? part : node.arguments[i]
      }
      const [said, todo] = [wordsOf(given(message)), wordsOf(given(remedy))]
      return { code: wordsOf(given(code)), message: said, remedy: todo }
    })
}

function functionsIn(statement: ts.Statement) {
  if (ts.isFunctionDeclaration(statement) && statement.name !== undefined)
    return [{ name: statement.name.text, of: statement }]
  if (!ts.isVariableStatement(statement)) return []
  return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
    initializer !== undefined && ts.isArrowFunction(initializer)
      ? [{ name: name.getText(), of: initializer }]
      : [],
  )
}

function faultIn(node: ts.Node) {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'Fault') return undefined
  const [code, message, about] = node.arguments ?? []
  const remedy = about === undefined ? undefined : property(about, 'remedy')
  return code === undefined ? undefined : { code, message, remedy }
}

/** Whether it takes its words, or its code, from the caller. */
function isFilledIn(
  { code, message, remedy }: NonNullable<ReturnType<typeof faultIn>>,
  parameters: readonly string[],
): boolean {
  if (ts.isPropertyAccessExpression(code)) return parameters.includes(code.expression.getText())
  return [code, message, remedy].some((part) => parameters.includes(part?.getText() ?? ''))
}

/** The file that a name comes from: an import's, or this one. */
function homeOf(file: ts.SourceFile, name: string): string {
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue
    const bindings = statement.importClause?.namedBindings
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue
    if (!bindings.elements.some((each) => each.name.text === name)) continue
    const from = (statement.moduleSpecifier as ts.StringLiteral).text
    return from.startsWith('#') ? `src/${from.slice(1)}` : join(dirname(file.fileName), from)
  }
  return file.fileName
}
