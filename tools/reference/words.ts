/** The words that stand in the sources, as far as they stand there. */
import ts from 'typescript'

export function property(node: ts.Node, name: string): ts.Expression | undefined {
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
export function wordsOf(node: ts.Expression | undefined): string {
  if (node === undefined) return ''
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('')
  if (ts.isBinaryExpression(node)) {
    const isDefault = node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken
    return isDefault ? wordsOf(node.right) || '…' : wordsOf(node.left) + wordsOf(node.right)
  }
  if (ts.isConditionalExpression(node)) {
    const ways = [wordsOf(node.whenTrue), wordsOf(node.whenFalse)].filter((way) => way !== '…')
    return ways.length > 0 ? ways.join(' Or: ') : '…'
  }
  return '…'
}
