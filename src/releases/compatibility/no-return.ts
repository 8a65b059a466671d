/**
 * The way down to a contract: what a release would take away in an environment that has come this
 * far, and which older releases still need it. Nobody can read from a migration what the code of an
 * older release asks for, so that release is believed when it said so as it was made, and otherwise
 * needs everything.
 */
import { isInRange } from '#kernel/version-range.ts'
import type { SchemaStep } from '../events.ts'
import type { FloorQuestion, LinedRelease } from './floor.ts'

/**
 * Releases whose migrations that release would bring, itself among them. None where nothing ran
 * yet: there is nothing to go back to.
 */
export function broughtBy(
  { line, applied }: Pick<FloorQuestion, 'line' | 'applied'>,
  release: string,
): readonly LinedRelease[] {
  const newest = line.findLastIndex((each) => applied.has(each.release))
  const last = line.findIndex((each) => each.release === release)
  return newest === -1 ? [] : line.slice(newest + 1, last + 1)
}

export type TakingStep = SchemaStep & { readonly kind: 'contract' | 'irreversible' }

export function isTaking(step: SchemaStep): step is TakingStep {
  return step.kind === 'contract' || step.kind === 'irreversible'
}

/** How many steps of it take something away. */
export function takingsOf({ schema }: Pick<LinedRelease, 'schema'>): number {
  return schema === null ? 0 : schema.counts.contract + schema.counts.irreversible
}

export interface Need {
  /** `unsaid`: it was made without a word about what the newer one writes. */
  readonly kind: 'unsaid' | 'said'
  readonly why: string
}

/** Undefined: it said that it works with what the newer release leaves. */
export function needOf(
  older: Pick<LinedRelease, 'version' | 'compatibility'>,
  newer: Pick<LinedRelease, 'version' | 'compatibility'>,
): Need | undefined {
  const written = Object.entries(newer.compatibility?.writes ?? {})
  const reads = new Map(Object.entries(older.compatibility?.reads ?? {}))
  const about = written.flatMap(([name, version]) => {
    const range = reads.get(name)
    return range === undefined ? [] : [{ name, version, range }]
  })
  const unread = about.find(({ version, range }) => !isInRange(version, range))
  if (unread !== undefined) {
    const { name, version, range } = unread
    const why = `${older.version} reads ${name} ${range}; ${newer.version} writes ${version}`
    return { kind: 'said', why }
  }
  if (about.length > 0) return undefined
  return { kind: 'unsaid', why: `${older.version} does not say that it works without` }
}
