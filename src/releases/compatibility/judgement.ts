/**
 * What one statement means, and the words for it. Every judgement has a reason; where nobody here
 * can say what older releases make of it, it is `unknown`, and never better than that.
 */
import type { SchemaDialect, SchemaStepKind } from '../events.ts'

export interface Judgement {
  readonly kind: SchemaStepKind
  readonly reason: string
  readonly remarks: readonly string[]
}

/** What is known while the statements of a release are read in their order. */
export interface Surroundings {
  readonly dialect: SchemaDialect
  /**
   * Tables that this very release makes, by name: no older one knows them, so nothing that is done
   * to them can take anything away.
   */
  readonly made: Set<string>
  /** Those of them that end with the session, and with the file at the latest. */
  readonly passing: Set<string>
}

/** From what leaves older releases working to what takes their data away. */
const SEVERITY: Readonly<Record<SchemaStepKind, number>> = {
  additive: 0,
  backfill: 1,
  unknown: 2,
  contract: 3,
  irreversible: 4,
}

const said =
  (kind: SchemaStepKind) =>
  (reason: string, ...remarks: readonly string[]): Judgement => ({ kind, reason, remarks })

export const additive = said('additive')
export const backfill = said('backfill')
export const unknown = said('unknown')
export const contract = said('contract')
export const irreversible = said('irreversible')

export const NOT_UNDERSTOOD = 'It is not understood here.'

export function isWorse(kind: SchemaStepKind, than: SchemaStepKind): boolean {
  return SEVERITY[kind] > SEVERITY[than]
}

/** The worst decides; what any of them does to those who wait is worth knowing. */
export function worstOf(judgements: readonly Judgement[]): Judgement {
  const [first, ...rest] = judgements
  if (first === undefined) return unknown(NOT_UNDERSTOOD)
  const worst = rest.reduce((a, b) => (isWorse(b.kind, a.kind) ? b : a), first)
  return { ...worst, remarks: [...new Set(judgements.flatMap(({ remarks }) => remarks))] }
}
