/**
 * Judges a migration, statement by statement. A comment above a statement may declare what it
 * means: `-- signalbox: additive because nobody reads it yet`. That raises a statement that is not
 * understood, and may make any statement worse, but never makes a contract or an irreversible step
 * better: people are believed about what a machine cannot see, not against what it can.
 */
import { shown } from '../conventional.ts'
import type { SchemaDialect, SchemaStep, SchemaStepKind } from '../events.ts'
import { classify } from './classify.ts'
import { isWorse, type Judgement, type Surroundings } from './judgement.ts'
import { type Statement, splitStatements } from './statements.ts'

/** One line in a list. */
const STATEMENT_SHOWN_MAX = 160
const REASON_SHOWN_MAX = 300
const DECLARED_SHOWN_MAX = 200

/**
 * Steps of the files in the order in which they are applied. Anything may stand in them; what
 * cannot be read is an `unknown` step.
 */
export function lintMigrations(
  files: readonly { readonly path: string; readonly text: string }[],
  dialect: SchemaDialect,
): SchemaStep[] {
  const around: Surroundings = { dialect, made: new Set(), passing: new Set() }
  return files.flatMap(({ path, text }) => {
    for (const name of around.passing) around.made.delete(name)
    around.passing.clear()
    const { statements, problem } = splitStatements(text, dialect)
    const steps = statements.map((statement) => stepOf(path, statement, around))
    return problem === undefined ? steps : [...steps, unreadable(path, problem)]
  })
}

/** A file, or the rest of one, of which nothing is known. */
export function unreadable(
  path: string,
  { line, message }: { readonly line: number; readonly message: string },
): SchemaStep {
  const reason = shown(message, REASON_SHOWN_MAX)
  return { path, line, kind: 'unknown', reason, statement: '', remarks: [] }
}

function stepOf(path: string, statement: Statement, around: Surroundings): SchemaStep {
  const { line, comments } = statement
  const judged = declaredOver(classify(statement, around), declarationIn(comments))
  return {
    path,
    line,
    kind: judged.kind,
    reason: shown(judged.reason, REASON_SHOWN_MAX),
    // Cut before it is cleaned: a statement may be a megabyte long.
    statement: shown(statement.text.slice(0, 4 * STATEMENT_SHOWN_MAX), STATEMENT_SHOWN_MAX),
    remarks: judged.remarks.map((remark) => shown(remark, REASON_SHOWN_MAX)),
    ...(judged.declared !== undefined && { declared: judged.declared }),
  }
}

interface Declaration {
  readonly kind: SchemaStepKind | undefined
  readonly because: string
  /** As it is kept. */
  readonly text: string
}

const DECLARATION = /^(?:--|#)\s*signalbox:\s*(\S.*)$/i
const KINDS: readonly SchemaStepKind[] = ['additive', 'backfill', 'contract', 'irreversible']

/** The last one above or in the statement. */
function declarationIn(comments: Statement['comments']): Declaration | undefined {
  const found = comments.flatMap(({ text }) => DECLARATION.exec(text.slice(0, 1_000))?.[1] ?? [])
  const last = found.at(-1)
  if (last === undefined) return undefined
  const text = shown(last, DECLARED_SHOWN_MAX)
  const [word = '', link = '', ...because] = text.split(' ')
  const kind = KINDS.find((each) => each === word.toLowerCase())
  return { kind, because: link === 'because' ? because.join(' ') : '', text }
}

function declaredOver(
  judged: Judgement,
  declaration: Declaration | undefined,
): Judgement & { readonly declared?: string } {
  if (declaration === undefined) return judged
  const { kind, because, text } = declaration
  const remarked = (remark: string) => ({ ...judged, remarks: [...judged.remarks, remark] })
  if (kind === undefined || because === '')
    return remarked(
      'Its declaration is not understood; write: -- signalbox: additive because <reason>.',
    )
  if (judged.kind === 'unknown' || isWorse(kind, judged.kind))
    return { ...judged, kind, reason: `Declared: ${because}`, declared: text }
  if (kind === judged.kind) return { ...judged, declared: text }
  return remarked(`It was declared ${kind}, which cannot be: ${judged.reason}`)
}
