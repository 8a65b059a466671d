/** Finds every rejection and fault in the sources, by what they are made with. */
import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { type FaultMaker, madeBy, makersIn } from './fault-makers.ts'
import { property, wordsOf } from './words.ts'

export interface Refusal {
  readonly code: string
  readonly kind: 'rejection' | 'fault'
  readonly message: string
  readonly remedy: string
}

const CODE = /^[a-z][a-z-]*(\.[a-z0-9-]+)+$/

export function refusalsIn(paths: readonly string[]): Refusal[] {
  const files = paths.map((path) =>
    ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true),
  )
  const makers = files.flatMap(makersIn)
  const found = files.flatMap((file) => inFile(file, makers)).filter(({ code }) => CODE.test(code))
  const told = new Set(found.filter(hasWords).map(nameOf))
  // Where the words come from elsewhere, they are told there.
  return found.filter((each) => hasWords(each) || !told.has(nameOf(each)))
}

const nameOf = ({ kind, code }: Refusal) => `${kind} ${code}`
const hasWords = ({ message, remedy }: Refusal) => /[^… ]/.test(message + remedy)

function inFile(file: ts.SourceFile, makers: readonly FaultMaker[]): Refusal[] {
  const found: Refusal[] = []
  const visit = (node: ts.Node): void => {
    found.push(...fromCall(node), ...fromFault(node), ...fromLiteral(node), ...fromTable(node))
    found.push(...madeBy(makers, file, node).map((fault) => ({ kind: 'fault' as const, ...fault })))
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** `reject(code, message, remedy)` and `problem(code, status, detail, remedy)`. */
function fromCall(node: ts.Node): Refusal[] {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return []
  const name = node.expression.text
  if (name !== 'reject' && name !== 'problem') return []
  const [code, ...rest] = node.arguments
  if (code === undefined || !ts.isStringLiteral(code)) return []
  const [message, remedy] = name === 'reject' ? rest : rest.slice(-2)
  return [
    { code: code.text, kind: 'rejection', message: wordsOf(message), remedy: wordsOf(remedy) },
  ]
}

/** `new Fault(code, message, { remedy })`; the code may be a choice. */
function fromFault(node: ts.Node): Refusal[] {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'Fault') return []
  const [code, message, about] = node.arguments ?? []
  const remedy = about === undefined ? undefined : property(about, 'remedy')
  const words = { message: wordsOf(message), remedy: wordsOf(remedy) }
  return choices(code).map((each) => ({ code: each, kind: 'fault', ...words }))
}

/** The strings that an expression may come to. */
function choices(node: ts.Expression | undefined): string[] {
  if (node === undefined) return []
  if (ts.isStringLiteral(node)) return [node.text]
  if (ts.isParenthesizedExpression(node)) return choices(node.expression)
  if (ts.isConditionalExpression(node))
    return [...choices(node.whenTrue), ...choices(node.whenFalse)]
  return ts.isBinaryExpression(node) ? [...choices(node.left), ...choices(node.right)] : []
}

/** `'postgres.no-space': { message, remedy }`: a row of a table of faults. */
function fromTable(node: ts.Node): Refusal[] {
  if (!ts.isPropertyAssignment(node) || !ts.isStringLiteral(node.name)) return []
  const [message, remedy] = ['message', 'remedy'].map((name) => property(node.initializer, name))
  if (message === undefined || remedy === undefined) return []
  return [
    { code: node.name.text, kind: 'fault', message: wordsOf(message), remedy: wordsOf(remedy) },
  ]
}

/** `{ rejected: true, code, message, remedy }`, and rows of a verdict. */
function fromLiteral(node: ts.Node): Refusal[] {
  if (!ts.isObjectLiteralExpression(node)) return []
  const [code, message, remedy] = ['code', 'message', 'remedy'].map((name) => property(node, name))
  if (code === undefined || !ts.isStringLiteral(code) || message === undefined) return []
  return [
    { code: code.text, kind: 'rejection', message: wordsOf(message), remedy: wordsOf(remedy) },
  ]
}
