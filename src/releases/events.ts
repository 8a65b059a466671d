/** Facts about releases and the calendar. A release is closed for good the moment it exists. */
import type { EnvironmentSpec, Identity, Tier } from '#catalog/events.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

export interface ReleasedCommit {
  readonly sha: string
  readonly author: Identity
  readonly committer: Identity
  readonly coAuthors: readonly Identity[]
  readonly committedAt: number
  readonly subject: string
  /** Conventional type, `other` when the subject has none. */
  readonly kind: string
  readonly scope?: string | undefined
  readonly breaking: boolean
  /** `ABC-12`, `#34`: what the message names, at most 20. */
  readonly tickets: readonly string[]
  /** Names of the commits that a revert takes back, as its message gives them. */
  readonly reverts?: readonly string[] | undefined
  /** Bad commits whose very change it makes again. */
  readonly repeats?: readonly string[] | undefined
}

/** By descent: `newer` contains all of the other, `older` is contained in it; `apart`: neither. */
export type Relation = 'same' | 'newer' | 'older' | 'apart'

export type SchemaDialect = 'postgresql' | 'mysql'

/**
 * What a step of a migration means for releases that were made before it: `additive` and `backfill`
 * leave them working, `contract` takes away what they need, `irreversible` takes data with it, and
 * of an `unknown` one nobody here can say.
 */
export type SchemaStepKind = 'additive' | 'backfill' | 'unknown' | 'contract' | 'irreversible'

export interface SchemaStep {
  readonly path: string
  readonly line: number
  readonly kind: SchemaStepKind
  readonly reason: string
  /** One line of SQL, cut. Hostile text: shown, never obeyed. */
  readonly statement: string
  /** What it does to those who read and write meanwhile: locks, rewrites. */
  readonly remarks: readonly string[]
  /** The declaration in the file that said so: `additive because …`. */
  readonly declared?: string | undefined
}

/** A file that an earlier release had, and that should have stayed as it was. */
export interface SchemaFinding {
  readonly code: 'migration.rewritten' | 'migration.removed'
  readonly path: string
}

/** What a release does to its database, since the release before it. */
export interface SchemaFacts {
  readonly dialect: SchemaDialect
  /** Migration files that are new or were changed. */
  readonly files: number
  /** Of all steps, by kind. */
  readonly counts: Readonly<Record<SchemaStepKind, number>>
  /** The worst first, at most 50. */
  readonly steps: readonly SchemaStep[]
  /** At most 50. */
  readonly findings: readonly SchemaFinding[]
}

/** Versions of messages, interfaces and configuration, as the service's manifest declared them. */
export interface CompatibilityFacts {
  /** By name, a range: `>=1 <3`. */
  readonly reads: Readonly<Record<string, string>>
  /** By name, a version: `2`. */
  readonly writes: Readonly<Record<string, string>>
}

export type ReleaseEvent =
  | (Fact & {
      readonly type: 'release.created'
      readonly release: string
      readonly service: string
      readonly version: string
      readonly tag: string
      readonly artifact: string
      readonly repository: string
      readonly sha: string
      readonly run: string
      /** The release before it on this line; absent for the first. */
      readonly previous?: {
        readonly release: string
        readonly version: string
        readonly sha: string
      }
      /** Ends of other lines that were merged into this one; absent for most. */
      readonly merges?: readonly string[] | undefined
      /** (previous..this], oldest first, at most 2,000. */
      readonly commits: readonly ReleasedCommit[]
      /** There are older ones in that range, and nobody here knows who wrote them. */
      readonly commitsCut?: true | undefined
      /** Markdown. */
      readonly changelog: string
      /** The linked runbook as it is in this tree; absent when there is none. */
      readonly runbook?: { readonly path: string; readonly changedAt: number } | undefined
      /** Absent: the service declared no schema when this was made. */
      readonly schema?: SchemaFacts | undefined
      readonly compatibility?: CompatibilityFacts | undefined
    })
  | (Fact & { readonly type: 'release.tagged'; readonly tag: string; readonly sha: string })
  | (Fact & {
      readonly type: 'release.vetoed'
      readonly service: string
      readonly version: string
      /** Absent: bad everywhere. */
      readonly environment?: string | undefined
      readonly reason: string
      /** The bad commit that it holds, when that is why. */
      readonly commit?: string | undefined
    })
  | (Fact & {
      readonly type: 'release.unvetoed'
      readonly environment?: string | undefined
      readonly reason: string
      readonly commit?: string | undefined
    })
  | ReleaseNoted

/** What changed, for the people it reaches; empty: the notes were taken back. */
export type ReleaseNoted = Fact & {
  readonly type: 'release.noted'
  /** Markdown. Hostile text: shown, never obeyed. */
  readonly notes: string
}

export type BadCommitEvent = BadCommitJudged | BadCommitCompared

/** Commits of releases that were there already, compared with it patch by patch. */
export type BadCommitCompared = Fact & {
  readonly type: 'commit.compared'
  readonly sha: string
  /** They take it back. */
  readonly undoneBy: readonly string[]
  /** They make the same change again. */
  readonly repeatedBy: readonly string[]
}

type BadCommitJudged = Fact & {
  readonly type: 'commit.vetoed' | 'commit.unvetoed'
  readonly sha: string
  /** `*` for all. */
  readonly environment: string
  readonly reason: string
}

/** Built, and not worth a version: kept, so that "why is my commit not released?" has an answer. */
export type CandidateEvent = Fact & {
  readonly type: 'candidate.passedOver'
  readonly service: string
  readonly sha: string
  readonly artifact: string
  readonly reason: 'no-releasable-commits' | 'older-than-released'
}

export type FreezeEvent =
  | (Fact & {
      readonly type: 'freeze.declared'
      readonly freeze: string
      readonly environments: readonly string[]
      readonly services: readonly string[]
      readonly reason: string
      readonly startsAt: number
      /** Half-open: the instant itself is outside. */
      readonly endsAt: number
      /** `immediate` holds what is under way at once; left out: at its next resting point. */
      readonly urgency?: Urgency | undefined
      /** It blocks rollbacks too, and this is who answers for that. */
      readonly hard?: { readonly owner: string } | undefined
    })
  | (Fact & { readonly type: 'freeze.lifted'; readonly freeze: string; readonly reason: string })

export type Urgency = 'planned' | 'immediate'

/** When deploying is allowed, or not, again and again; as people wrote it. */
export interface WindowSpec {
  /** IANA: `Europe/Berlin`. */
  readonly zone: string
  /** An RRULE of RFC 5545: `FREQ=WEEKLY;BYDAY=MO,TU`. */
  readonly rule: string
  /** On a clock of the zone, `2026-01-05T09:00`: the time of day, and from when on. */
  readonly start: string
  /** `8h`; days are days of the calendar. */
  readonly duration: string
  /** Days on which it does not begin, `2026-12-25`. */
  readonly except: readonly string[]
  readonly mode: 'allow' | 'deny'
  readonly scope: WindowScope
  /** Empty: the name says it. */
  readonly reason: string
  /** Only what goes forward: never a rollback, never an abort. */
  readonly blocks: 'forward'
}

/** Slots that are in all four; what was left out lets everything through. */
export interface WindowScope {
  /** Names, or `*` for all. */
  readonly environments?: readonly string[] | undefined
  readonly kinds?: readonly EnvironmentSpec['kind'][] | undefined
  /** Names, or `*` for all. */
  readonly services?: readonly string[] | undefined
  readonly tiers?: readonly Tier[] | undefined
}

export type WindowEvent =
  | (Fact & {
      readonly type: 'window.applied'
      readonly window: string
      readonly spec: WindowSpec
    })
  | (Fact & { readonly type: 'window.withdrawn'; readonly window: string; readonly reason: string })
