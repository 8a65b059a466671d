/**
 * How long a thing of evidence is kept, why, and what keeps it beyond that. By the tier of its
 * service, by reference and by legal holds; never by age alone.
 */
import { isHeldBy, isInForce, type Lasting, type LegalHold } from './legal-hold.ts'

export interface Evidence extends Lasting {
  /** Of its service; null: nobody knows it any more, and it is kept as the longest. */
  readonly tier: number | null
  readonly keptMs: number
  /** Digests of the artifacts that it made. */
  readonly artifacts: readonly string[]
}

export interface Keepers {
  readonly holds: readonly (LegalHold & { readonly id: string })[]
  readonly references: readonly { readonly artifact: string; readonly by: string }[]
}

export interface Ruling {
  /** By the table alone. */
  readonly until: number
  readonly rule: string
  readonly isOver: boolean
  /** What keeps it now, whatever its age, in words. */
  readonly keptBy: readonly string[]
}

const DAY_MS = 24 * 60 * 60 * 1000

export function rulingOn(thing: Evidence, { holds, references }: Keepers, now: number): Ruling {
  const until = thing.to + thing.keptMs
  const held = holds.filter((hold) => isInForce(hold, now) && isHeldBy(hold, thing))
  const needed = references.filter(({ artifact }) => thing.artifacts.includes(artifact))
  const keptBy = [
    ...held.map(({ id, reason }) => `legal hold ${id}: ${reason}`),
    ...needed.map(({ by }) => by),
  ]
  return { until, rule: ruleFor(thing), isOver: now >= until, keptBy: [...new Set(keptBy)] }
}

/** Nothing else makes it go. */
export const mayGo = ({ isOver, keptBy }: Ruling): boolean => isOver && keptBy.length === 0

export function ruleFor({ tier, keptMs }: Pick<Evidence, 'tier' | 'keptMs'>): string {
  const days = `is kept for ${Math.round(keptMs / DAY_MS)} days`
  return tier === null
    ? `evidence of a service that is gone ${days}`
    : `evidence of tier ${tier} ${days}`
}

/** What there is, how long, and who throws it away. */
export const KINDS: readonly {
  readonly kind: string
  readonly kept: string
  readonly dropped: string
}[] = [
  {
    kind: 'logs of jobs',
    kept: 'as long as the tier says, and while the artifact of the run is referred to',
    dropped: 'by the sweep, each day',
  },
  {
    kind: 'artifacts and their attestations',
    kept: 'by reference: what runs, may be gone back to, or was in production in the tier’s time',
    dropped: 'when a person prunes them',
  },
  {
    kind: 'artifacts that runs keep',
    kept: 'as long as the pipeline says, and under a legal hold',
    dropped: 'by themselves, when that is over',
  },
  {
    kind: 'reports of tests, case by case',
    kept: 'for ever; one report may be that of several runs',
    dropped: 'never',
  },
  {
    kind: 'events and records',
    kept: 'for ever; what they commit to is the log',
    dropped: 'never; words in them are erased by `signalbox audit erase`',
  },
]
