/** A pipeline on its way to a target: what all of them are made from. */
import type { InputManifest } from '../language/manifest.ts'
import type { JobReason, JobService, Scalar } from '../events.ts'
import type { Condition } from './conditions/condition.ts'

/** A piece of a text: as written, or filled in when the job runs. */
export type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'event' | 'branch' | 'ref' | 'sha' }
  | { readonly is: 'input'; readonly name: string; readonly otherwise: Scalar }
  | { readonly is: 'matrix'; readonly axis: string }
  | { readonly is: 'result'; readonly job: string; readonly name: string }

export interface Variable {
  readonly name: string
  readonly parts: readonly Part[]
}

export interface Trigger {
  readonly branches?: readonly string[] | undefined
  readonly paths?: readonly string[] | undefined
}

export interface Cached {
  /** Of the definition; inputs and what is needed are added where the job runs. */
  readonly id: string
  readonly inputs: string
  /** Names of variables whose values are known only there. */
  readonly variables: readonly string[]
  readonly scope: 'branch' | 'branch-then-default'
}

export interface LoweredArtifact {
  readonly name: string
  readonly paths: readonly string[]
  readonly retentionDays?: number | undefined
}

export interface LoweredJob {
  readonly name: string
  readonly isFinal: boolean
  readonly needs: readonly string[]
  /** Near and far, those with outputs: what is unpacked before it runs, in order. */
  readonly restores: readonly string[]
  /** A shell line; undefined for a package. */
  readonly run?: string | undefined
  /** Runs as `signalbox exec`: the target cannot do all of it. */
  readonly isShim: boolean
  readonly env: readonly Variable[]
  /** Variable to the name of the secret at the target. */
  readonly secrets: Readonly<Record<string, string>>
  readonly when?: Condition | undefined
  readonly axes: Readonly<Record<string, readonly Scalar[]>>
  readonly legs: readonly Readonly<Record<string, Scalar>>[]
  readonly excludes: readonly Readonly<Record<string, Scalar>>[]
  readonly legsMax?: number | undefined
  readonly cached?: Cached | undefined
  /** What the archive holds, as a pattern; undefined when nothing travels on. */
  readonly keeps?: string | undefined
  /** Files that must be there at the end. */
  readonly musts: readonly string[]
  readonly results: Readonly<Record<string, string>>
  readonly isPackage: boolean
  readonly image?: string | undefined
  readonly labels: readonly string[]
  readonly services: Readonly<Record<string, JobService>>
  readonly retry?:
    | { readonly max: number; readonly on?: readonly JobReason[] | undefined }
    | undefined
  readonly isEffect: boolean
  readonly timeoutMs: number
  readonly idleMs?: number | undefined
  readonly junit: readonly string[]
  readonly gotest: readonly string[]
  readonly artifacts: readonly LoweredArtifact[]
}

export interface Lowered {
  readonly name: string
  /** Of the service inside the repository; `.` is the repository itself. */
  readonly directory: string
  /** The branch of the service. */
  readonly branch: string
  readonly push?: Trigger | undefined
  readonly pullRequest?: Trigger | undefined
  readonly isManual: boolean
  readonly inputs: Readonly<Record<string, InputManifest>>
  readonly concurrency?: {
    readonly group: readonly Part[]
    readonly cancels: Condition
  }
  readonly jobs: readonly LoweredJob[]
  /** The server that jobs report to, and that their tokens are signed for. */
  readonly report?: { readonly url: string } | undefined
}

/** What of a job is named by its leg as well: `unit+24`, and every leg where they are read. */
export function legSlug(leg: Readonly<Record<string, Scalar>>): string {
  return Object.values(leg)
    .map((value) => String(value).replaceAll(/[^A-Za-z0-9_.-]+/g, '-'))
    .join('-')
}
