/** What the server answers about artifacts, as far as the pages read it. */
import type { Deployment } from './rollouts.ts'
import type { Incident, Release, Run } from './types.ts'

export interface Artifact {
  readonly digest: string
  readonly service: string
  readonly repository: string
  readonly branch: string
  readonly sha: string
  readonly run: string
  readonly size_bytes: number
  readonly files: number
  /** Everything that the build owes is there. */
  readonly complete: boolean
  readonly attestations: readonly { readonly predicateType: string }[]
  /** The last time it was refused, if it ever was. */
  readonly trouble: string | null
  readonly published_at: number
}

export interface Inspection {
  readonly judgement:
    | { readonly ok: true }
    | {
        readonly ok: false
        readonly problems: readonly { readonly message: string; readonly remedy: string }[]
      }
  readonly attestations: readonly {
    readonly digest: string
    readonly kind: 'provenance' | 'sbom' | 'other' | 'unreadable'
    readonly isTrusted: boolean
    readonly why: string
    readonly keyId: string | null
  }[]
  readonly origin: {
    readonly builder: string
    readonly repository: string
    readonly sha: string
  } | null
  /** Null: nobody signed a list of them. */
  readonly parts:
    | readonly {
        readonly name: string
        readonly version: string
        readonly kind: string
        readonly licences: readonly string[]
      }[]
    | null
  readonly partsCut: boolean
}

/** From the commit to whom it hurt. */
export interface Trace {
  readonly commits: readonly {
    readonly sha: string
    readonly subject: string
    readonly author_name: string
    readonly committed_at: number
  }[]
  readonly runs: readonly Omit<Run, 'progress' | 'failure'>[]
  readonly releases: readonly Release[]
  readonly deployments: readonly Deployment[]
  readonly incidents: readonly Incident[]
}
