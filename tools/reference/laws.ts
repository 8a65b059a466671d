/** The page of laws, made from the tests that ask them: `law('S4', 'an approval …', …)`. */
import { globSync, readFileSync } from 'node:fs'
import ts from 'typescript'

export interface Law {
  readonly rule: string
  readonly title: string
  readonly file: string
}

/** What each rule is about; in what order they are read. */
export const RULES: Readonly<Record<string, string>> = {
  S1: 'a release arrives while another is on its way',
  S2: 'superseding, and what does not arrive',
  S3: 'waiting holds no lock',
  S4: 'approvals are bound to content',
  S5: 'a slot closes under a rollout',
  S6: 'what the calendar may not block',
  S7: 'cancel, hold, abort, rollback, roll forward',
  S8: 'where a rollback goes, and how fast',
  S9: 'automation does not undo it',
  S10: 'no rollback of a rollback, no flapping',
  S11: 'going back is as safe as the schema',
  S12: 'many as one',
  S13: 'validated is a fact, skipped is not passed',
  S14: 'verdicts',
  S15: 'the emergency path',
  S16: 'checks at the effect, by one function',
  S17: 'plans that fail',
  S18: 'what is outdated',
  S19: 'trains',
  S20: 'evidence while the server is down',
  S21: 'what may be thrown away',
  S22: 'time',
  S23: 'who may change what governs automation',
}

export function allLaws(): Law[] {
  return globSync('src/**/*.test.ts')
    .sort()
    .filter((file) => readFileSync(file, 'utf8').includes('support/law.ts'))
    .flatMap((file) => lawsIn(file))
}

export function lawsPage(): string {
  const laws = allLaws()
  const about = Object.entries(RULES).map(([rule, title]) => {
    const rows = laws
      .filter((each) => each.rule === rule)
      .map(({ title: law, file }) => `- ${law} · [${nameOf(file)}](../../${file})`)
    return `\n## ${rule}: ${title}\n\n${rows.join('\n')}\n`
  })
  const intro = `What holds in whatever order things happen. Each of these ${laws.length} laws is asked of ten thousand random histories by \`npm test\`, and of a few hundred by \`npm run test:fast\`. [laws.md](../laws.md) says how, and what cannot be asked this way.`
  return `# Laws\n\n${intro}\n${about.join('')}`
}

function lawsIn(path: string): Law[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const found: Law[] = []
  // A helper of the file may name the rule for all of its laws.
  const ruleOf = new Map<string, string>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const [first, second] = node.arguments
      const { text: callee } = node.expression
      const isLaw = callee === 'law' && first !== undefined && ts.isStringLiteral(first)
      if (isLaw && second !== undefined && ts.isStringLiteral(second))
        found.push({ rule: first.text, title: second.text, file: path })
      const rule = ruleOf.get(callee)
      if (rule !== undefined && first !== undefined && ts.isStringLiteral(first))
        found.push({ rule, title: first.text, file: path })
    }
    const helper = ts.isVariableDeclaration(node) ? node.initializer : undefined
    if (helper !== undefined && ts.isArrowFunction(helper)) {
      const call = ts.isCallExpression(helper.body) ? helper.body : undefined
      const [rule, title] = call?.arguments ?? []
      const isLaw = call !== undefined && call.expression.getText(file) === 'law'
      if (isLaw && rule && ts.isStringLiteral(rule) && title && ts.isIdentifier(title))
        ruleOf.set((node as ts.VariableDeclaration).name.getText(file), rule.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

const nameOf = (file: string) => file.slice(file.lastIndexOf('/') + 1)
