/** Facts about releases and freezes. A release is closed for good the moment it exists. */
import type { Identity } from '#catalog/events.ts'

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
      /** (previous..this], oldest first, at most 2,000. */
      readonly commits: readonly ReleasedCommit[]
      /** Markdown. */
      readonly changelog: string
      /** The linked runbook as it is in this tree; absent when there is none. */
      readonly runbook?: { readonly path: string; readonly changedAt: number } | undefined
    })
  | (Fact & { readonly type: 'release.tagged'; readonly tag: string; readonly sha: string })
  | (Fact & {
      readonly type: 'release.vetoed'
      readonly service: string
      readonly version: string
      /** Absent: bad everywhere. */
      readonly environment?: string | undefined
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'release.unvetoed'
      readonly environment?: string | undefined
      readonly reason: string
    })

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
    })
  | (Fact & { readonly type: 'freeze.lifted'; readonly freeze: string; readonly reason: string })
