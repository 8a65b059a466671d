/** What the server answers, as far as the pages read it. */
export interface Problem {
  readonly code: string
  readonly detail: string
  readonly remedy: string
  readonly status: number
}

export interface Me {
  readonly id: string
  readonly kind: string
  readonly roles: readonly string[]
}

export interface Service {
  readonly name: string
  readonly description: string
  readonly owner: string
  readonly tier: number
  readonly dependsOn: readonly string[]
  readonly path: readonly string[]
  readonly source: { readonly repository: string; readonly branch: string }
  readonly links: Readonly<Record<string, string>>
}

export interface Environment {
  readonly name: string
  readonly kind: string
}

export interface Run {
  readonly id: string
  readonly service: string
  readonly branch: string
  readonly sha: string
  readonly pipeline: string
  readonly trigger: string
  readonly by: string
  readonly outcome: 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly refusal: string | null
  readonly queued_at: number
  readonly ended_at: number | null
  readonly progress: { readonly ended: number; readonly total: number }
  /** The job that failed first; null unless the run failed by one. */
  readonly failure: RunFailure | null
}

export interface RunFailure {
  readonly job: string
  readonly outcome: string
  readonly reason: string | null
  /** Null when it reported no tests. */
  readonly testsFailed: number | null
}

export interface Job {
  readonly name: string
  readonly needs: readonly string[]
  readonly check?: string
  readonly command: string
  readonly status: 'waiting' | 'leased' | 'ended'
  readonly outcome?: string
  readonly reason?: string
  readonly attempt: number
  readonly runner?: string
  readonly startedAt?: number
  readonly endedAt?: number
  readonly durationMs?: number
  readonly exitCode?: number
  readonly logBytes?: number
  readonly logCut?: boolean
  readonly tests?: {
    readonly passed: number
    readonly failed: number
    readonly skipped: number
    readonly durationMs: number
    readonly failures: readonly { readonly name: string; readonly message: string }[]
  }
  readonly packaged?: {
    readonly digest: string
    readonly sizeBytes: number
    readonly files: number
  }
}

export type RunWithJobs = Run & { readonly jobs: readonly Job[] }

export interface Happening {
  readonly kind: string
  readonly thing: string
  readonly version: string
  readonly type: string
  readonly at: number
  readonly by: string
  readonly service: string | null
  readonly environment: string | null
  readonly text: string
  readonly tone: 'good' | 'bad' | 'plain'
}

export interface Incident {
  readonly id: string
  readonly service: string
  readonly environment: string
  readonly severity: number
  readonly title: string
  readonly status: 'open' | 'mitigated' | 'resolved'
  /** People are called, and nobody has answered. */
  readonly calling: boolean
  readonly opened_at: number
  readonly causes: readonly { readonly deployment: string }[]
}

export interface Release {
  readonly release: string
  readonly service: string
  readonly version: string
  readonly tag: string
  readonly artifact: string
  readonly sha: string
  readonly run: string
  /** The release before it. */
  readonly previous: string | null
  readonly commitCount: number
  readonly createdAt: number
  /** Environments it is bad for, `*` for all. */
  readonly vetoes: readonly string[]
}

interface Identity {
  readonly name: string
  readonly email: string
}

export interface ReleasedCommit {
  readonly sha: string
  readonly author: Identity
  readonly coAuthors: readonly Identity[]
  readonly committedAt: number
  readonly subject: string
  readonly breaking: boolean
  readonly tickets: readonly string[]
}

export type SchemaStepKind = 'additive' | 'backfill' | 'unknown' | 'contract' | 'irreversible'

export interface SchemaFacts {
  readonly dialect: string
  readonly files: number
  readonly counts: Readonly<Record<SchemaStepKind, number>>
  /** The worst first. */
  readonly steps: readonly {
    readonly path: string
    readonly line: number
    readonly kind: SchemaStepKind
    readonly reason: string
    readonly statement: string
    readonly remarks: readonly string[]
  }[]
  readonly findings: readonly { readonly code: string; readonly path: string }[]
}

export type ReleaseDetail = Release & {
  readonly repository: string
  /** Markdown. */
  readonly changelog: string
  /** Oldest first. */
  readonly commits: readonly ReleasedCommit[]
  /** There are older ones in it, of which nothing is known here. */
  readonly commitsCut: boolean
  readonly vetoDetails: readonly {
    readonly environment: string
    readonly reason: string
    readonly by: string
    readonly at: number
  }[]
  /** Null: the service declared no schema when it was made. */
  readonly schema: SchemaFacts | null
}
