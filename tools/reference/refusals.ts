/** Finds every rejection and fault in the sources, by what they are made with. */
import { readFileSync } from 'node:fs'
import ts from 'typescript'

export interface Refusal {
  readonly code: string
  readonly kind: 'rejection' | 'fault'
  readonly message: string
  readonly remedy: string
}

const CODE = /^[a-z][a-z-]*(\.[a-z0-9-]+)+$/

export function refusalsIn(path: string): Refusal[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: Refusal[] = []
  const visit = (node: ts.Node): void => {
    found.push(...fromCall(node), ...fromFault(node), ...fromLiteral(node))
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found.filter(({ code }) => CODE.test(code))
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

/** `new Fault(code, message, { remedy })`. */
function fromFault(node: ts.Node): Refusal[] {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'Fault') return []
  const [code, message, about] = node.arguments ?? []
  if (code === undefined || !ts.isStringLiteral(code)) return []
  const remedy = about === undefined ? undefined : property(about, 'remedy')
  return [{ code: code.text, kind: 'fault', message: wordsOf(message), remedy: wordsOf(remedy) }]
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

function property(node: ts.Node, name: string): ts.Expression | undefined {
  if (!ts.isObjectLiteralExpression(node)) return undefined
  for (const each of node.properties)
    if (each.name?.getText() === name) {
      if (ts.isPropertyAssignment(each)) return each.initializer
      // `{ remedy }`: said elsewhere, and filled in here.
      if (ts.isShorthandPropertyAssignment(each)) return each.name
    }
  return undefined
}

/** The words of a literal; what is filled in at run time shows as `…`. */
function wordsOf(node: ts.Expression | undefined): string {
  if (node === undefined) return ''
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('')
  if (ts.isBinaryExpression(node)) return wordsOf(node.left) + wordsOf(node.right)
  return '…'
}
