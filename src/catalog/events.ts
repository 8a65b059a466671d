/** Facts about services, environments and the repositories they come from. */
import type { Shadow } from '#rollouts/events.ts'
import type { AnalysisSource } from './events/analysis.ts'

export type { AnalysisSource } from './events/analysis.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

export type Tier = 0 | 1 | 2 | 3

/** Instances that are deployed to together, before those of the next. */
export interface WaveSpec {
  readonly name: string
  /** Of all instances; or by the targets it names, each an equal part. */
  readonly sharePercent?: number | undefined
  readonly targets?: readonly string[] | undefined
  /** How long it must stay healthy before the next; the tier says the least. */
  readonly bakeMs?: number | undefined
}

export interface DocSpec {
  /** In the repository, or an address. */
  readonly path: string
  readonly kind: 'runbook' | 'rollback' | 'guide'
  readonly reviewedAt: number
}

export interface ServiceSpec {
  readonly name: string
  readonly description: string
  readonly owner: string
  readonly tier: Tier
  readonly dependsOn: readonly string[]
  readonly source: {
    /** Clone address: a path, `file:`, `https:` or `ssh:`. */
    readonly repository: string
    readonly branch: string
    /** Folder of the service inside the repository, `.` for the whole. */
    readonly directory: string
    /** Globs, relative to the repository: a commit belongs to the service if it touches one. */
    readonly paths: readonly string[]
  }
  readonly versioning: { readonly scheme: 'semver'; readonly tagPrefix: string }
  /**
   * The paved-road pipeline, pinned: `paved-road/node-service@1`. A service may leave it out whose
   * own manifest brings a Pipeline.
   */
  readonly template?: string | undefined
  readonly artifact: { readonly kind: 'tarball' }
  /** The promotion path: environment names in their order. */
  readonly path: readonly string[]
  readonly deploy: {
    readonly target: 'process'
    readonly run: {
      readonly argv: readonly string[]
      /** HTTP path that answers 200 when an instance may take traffic. */
      readonly health: string
      /** What the smoke test asks for; left out, the health path. */
      readonly smoke?: string | undefined
      readonly env: Readonly<Record<string, string>>
    }
    readonly replicas: number
    /** Left out: the tier decides. */
    readonly strategy?: 'rolling' | 'blue-green' | 'canary' | undefined
    /** Of a rolling update; the tier has the last word. */
    readonly rolling?:
      | {
          /** Replaced at once, at most: so many instances, or percent of them (`25%`). */
          readonly batch: number | `${number}%`
        }
      | undefined
    /** Of a rolling update in production: where it goes first, and where then. */
    readonly waves?: readonly WaveSpec[] | undefined
    /** Of blue-green: how long the release before is kept running; the tier says the least. */
    readonly blueGreen?: { readonly warmMs: number } | undefined
  }
  readonly links: Readonly<Record<string, string>>
  /** What is written of it, and when somebody last read it through. */
  readonly docs?: readonly DocSpec[] | undefined
  /** Its database, and where the steps that change it are. */
  readonly schema?:
    | {
        readonly dialect: 'postgresql' | 'mysql'
        /** Globs, relative to the repository. */
        readonly migrations: readonly string[]
      }
    | undefined
  /** Versions of messages, interfaces and configuration that its code reads and writes, by name. */
  readonly compatibility?:
    | {
        /** Ranges: `>=1 <3`. */
        readonly reads: Readonly<Record<string, string>>
        readonly writes: Readonly<Record<string, string>>
      }
    | undefined
  /** `external`: its pipeline is executed by another CI, which reports. */
  readonly runs?: 'here' | 'external' | undefined
  /** IANA, of the owner: tier 0 keeps its business hours. */
  readonly zone?: string | undefined
  /** Where its rollouts are measured. Left out: by the router. */
  readonly analysis?: AnalysisSource | undefined
  /** Judges of other tools, asked beside ours. */
  readonly shadows?: readonly Shadow[] | undefined
}

export type ServiceEvent =
  | (Fact & { readonly type: 'service.registered'; readonly spec: ServiceSpec })
  | (Fact & { readonly type: 'service.changed'; readonly spec: ServiceSpec })

export interface EnvironmentSpec {
  readonly name: string
  readonly description: string
  readonly kind: 'development' | 'test' | 'staging' | 'production'
  /** Loopback ports given to slots, first come first served; one per service, kept for good. */
  readonly ports: { readonly from: number; readonly to: number }
}

/**
 * What the process target gives to instances, and an environment may not: below Linux's range for
 * outgoing connections (32768 on), where any client may sit on a port for a moment.
 */
export const INSTANCE_PORTS = { first: 25_000, last: 29_999 } as const

export type EnvironmentEvent =
  | (Fact & { readonly type: 'environment.registered'; readonly spec: EnvironmentSpec })
  | (Fact & { readonly type: 'environment.changed'; readonly spec: EnvironmentSpec })

export interface Identity {
  readonly name: string
  /** Lower case. */
  readonly email: string
}

export interface CommitFact {
  readonly sha: string
  readonly parents: readonly string[]
  readonly author: Identity
  readonly committer: Identity
  readonly coAuthors: readonly Identity[]
  readonly authoredAt: number
  readonly committedAt: number
  /** The whole message, cut at 8 KiB. Hostile data: shown, never obeyed. */
  readonly message: string
  /** Files touched, at most 200; `pathsCut` says when there were more. */
  readonly paths: readonly string[]
  readonly pathsCut: boolean
}

/** The stream of one repository, named by its clone address. */
export type RepositoryEvent =
  | (Fact & {
      /** Somebody says the branch moved; git itself is asked what happened. */
      readonly type: 'repository.pushNoted'
      readonly repository: string
      readonly branch: string
    })
  | (Fact & {
      readonly type: 'commit.pushed'
      readonly repository: string
      readonly branch: string
      /** Empty on the first push seen. */
      readonly before: string
      readonly after: string
      /** Oldest first, at most 500 in an event; a longer push makes several events. */
      readonly commits: readonly CommitFact[]
      /** False on all but the last event of one push: only the last one starts runs. */
      readonly last: boolean
      /** A `signalbox.yaml` in the pushed tree, by path, as text: applied by the catalog. */
      readonly manifests: readonly { readonly path: string; readonly text: string }[]
    })
  | (Fact & {
      readonly type: 'repository.pushFailed'
      readonly repository: string
      readonly branch: string
      readonly reason: string
      /** The world failed and is asked again; otherwise only another push tries again. */
      readonly again: boolean
    })
