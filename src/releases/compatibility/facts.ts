/**
 * What a release does to its database, small enough to be part of its event: all steps counted, the
 * worst of them kept. What was changed after an earlier release had it is linted again, and counts
 * as not understood besides: databases that ran the old text differ from those that run the new.
 */
import { shown } from '../conventional.ts'
import type { SchemaDialect, SchemaFacts, SchemaFinding, SchemaStep } from '../events.ts'
import { isWorse } from './judgement.ts'
import { lintMigrations, unreadable } from './lint.ts'

/** A page; who needs more opens the files. */
const STEPS_KEPT_MAX = 50
const FINDINGS_KEPT_MAX = 50
/** Longer ones exist, and are recognized by their beginning. */
const PATH_SHOWN_MAX = 300

export interface MigrationFile {
  readonly path: string
  readonly change: 'new' | 'changed' | 'removed'
  /** Absent: it was removed, or could not be read, and `trouble` says why. */
  readonly text?: string | undefined
  readonly trouble?: string | undefined
}

/** Files in the order in which they are applied: by path. */
export function schemaFacts(
  files: readonly MigrationFile[],
  dialect: SchemaDialect,
  more?: { readonly message: string },
): SchemaFacts {
  const readable = files.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }]))
  const steps = [
    ...lintMigrations(readable, dialect),
    ...files.flatMap(troubleOf),
    ...(more === undefined ? [] : [unreadable('', { line: 1, message: more.message })]),
  ]
  return {
    dialect,
    files: files.length,
    counts: countsOf(steps),
    steps: steps
      .toSorted((a, b) => Number(isWorse(b.kind, a.kind)) - Number(isWorse(a.kind, b.kind)))
      .slice(0, STEPS_KEPT_MAX)
      .map((step) => ({ ...step, path: shown(step.path, PATH_SHOWN_MAX) })),
    findings: files.flatMap(findingOf).slice(0, FINDINGS_KEPT_MAX),
  }
}

const WHY = {
  'migration.rewritten': 'It was changed after an earlier release had it.',
  'migration.removed': 'It was removed after an earlier release had it.',
} as const

function troubleOf(file: MigrationFile): SchemaStep[] {
  const { path, trouble } = file
  const finding = findingOf(file).map(({ code }) => WHY[code])
  const troubles = trouble === undefined ? finding : [...finding, trouble]
  return troubles.map((message) => unreadable(path, { line: 1, message }))
}

function findingOf({ path, change }: MigrationFile): SchemaFinding[] {
  if (change === 'new') return []
  const code = change === 'changed' ? 'migration.rewritten' : 'migration.removed'
  return [{ code, path: shown(path, PATH_SHOWN_MAX) }]
}

function countsOf(steps: readonly SchemaStep[]): SchemaFacts['counts'] {
  const counts = { additive: 0, backfill: 0, unknown: 0, contract: 0, irreversible: 0 }
  for (const { kind } of steps) counts[kind]++
  return counts
}
