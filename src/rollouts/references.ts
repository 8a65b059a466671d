/**
 * What refers to the artifacts of a service, so that retention leaves them alone: what runs and is
 * on its way, where a slot may go back to, what waits, what ran together, and what a production
 * deployment of the years that count as evidence was made of.
 */
import type { Reference } from '#artifacts/events.ts'
import { type RollbackWindow, rollbackPath } from './rollback-window.ts'

/** Once validated in a slot. */
export interface Stood {
  readonly release: string
  readonly artifact: string
  readonly at: number
  readonly isVetoed: boolean
}

export interface ReferringSlot {
  /** `<environment>/<service>`. */
  readonly slot: string
  /** What users get, and what was proven last. */
  readonly holds: readonly { readonly release: string; readonly artifact: string }[]
  readonly window: RollbackWindow
  /** Newest first, one a release. */
  readonly stood: readonly Stood[]
}

export interface ReferringFacts {
  readonly slots: readonly ReferringSlot[]
  /** Of deployments that are not at their end, and of those that are kept warm. */
  readonly moving: readonly Named[]
  /** Of promotions and plans that have not ended. */
  readonly waiting: readonly Named[]
  readonly vectors: readonly (Named & { readonly at: number; readonly isNewest: boolean })[]
  /** The last deployments of each to production, and how long its tier keeps evidence. */
  readonly cited: readonly (Named & { readonly at: number; readonly keptMs: number })[]
  /** Releases nobody has got yet may still go. */
  readonly newest: readonly Named[]
  /** Complete, and neither released nor passed over. */
  readonly undecided: readonly Named[]
}

interface Named {
  readonly artifact: string
  readonly by: string
}

/** What ran together is taken elsewhere within days; a month lets a train wait for its freeze. */
export const VECTOR_MS = 30 * 24 * 60 * 60 * 1000

export function referencesIn(facts: ReferringFacts, now: number): readonly Reference[] {
  const { moving, waiting, vectors, cited, newest, undecided } = facts
  return [
    ...facts.slots.flatMap((slot) => ofSlot(slot, now)),
    ...as('in-flight', moving),
    ...as('waits', waiting),
    ...as(
      'vector',
      vectors.filter(({ at, isNewest }) => isNewest || now - at <= VECTOR_MS),
    ),
    ...as(
      'evidence',
      cited.filter(({ at, keptMs }) => now - at <= keptMs),
    ),
    ...as('newest', newest),
    ...as('undecided', undecided),
  ]
}

const as = (reason: Reference['reason'], all: readonly Named[]): readonly Reference[] =>
  all.map(({ artifact, by }) => ({ artifact, reason, by }))

function ofSlot({ slot, holds, window, stood }: ReferringSlot, now: number): readonly Reference[] {
  const [settled] = holds
  const others = stood.filter(({ release }) => release !== settled?.release)
  // A veto may be lifted, so what is vetoed keeps its place; the way back leads past it.
  const inside = others.filter(
    ({ at }, i) => rollbackPath(window, { behind: i + 1, ageMs: now - at }).path === 'fast',
  )
  const wayBack = others.find(({ isVetoed }) => !isVetoed)
  return [
    ...as(
      'runs',
      holds.map(({ artifact }) => ({ artifact, by: `${slot} runs it` })),
    ),
    ...as(
      'rollback-window',
      inside.map(({ artifact }) => ({ artifact, by: `the rollback window of ${slot}` })),
    ),
    ...(wayBack === undefined
      ? []
      : as('return-point', [{ artifact: wayBack.artifact, by: `${slot} would go back to it` }])),
  ]
}
