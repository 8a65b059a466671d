/** What the steps of a job have in common, so that each can be read without the others. */
import type { LeasedJob } from '../pipelines/protocol.ts'
import type { BlobCache } from './blob-cache.ts'
import type { JobClient, JobEnd } from './client.ts'
import type { JobLog } from './job-log.ts'
import type { Engine } from './executors/docker/engine.ts'
import type { InCluster } from './in-cluster.ts'
import type { Isolation } from './isolation.ts'
import type { LinkPool } from './link-pool.ts'
import type { RunnerFolder } from './leftovers.ts'
import type { Secrets, SecretRules } from './secrets.ts'
import type { Transfer } from './transfer.ts'
import type { JobPlace } from './place.ts'
import type { Workspace } from './workspace.ts'

/** What one runner has, whatever the job. */
export interface Kit {
  /** What a job speaks to. */
  readonly client: (leased: LeasedJob) => JobClient
  readonly place: JobPlace
  readonly folder: RunnerFolder
  readonly blobs: BlobCache
  /** Of files that jobs of a service are lent. */
  readonly pools: (service: string) => LinkPool
  readonly name: string
  readonly labels: readonly string[]
  readonly path: string
  readonly isolation: Isolation
  /** For jobs with an image. */
  readonly docker: Engine | undefined
  readonly dockerNetwork: string
  /** The same in a cluster: where there is one, containers run nowhere else. */
  readonly kubernetes?: InCluster | undefined
  readonly beatMs: number
  /** Ends the jobs, which are handed back to the server. */
  readonly secretRules: SecretRules
  readonly stop: AbortSignal
  /** Ends only the asking for more of them. */
  readonly rest: AbortSignal
}

/** One job under way. */
export interface JobContext {
  readonly kit: Kit
  readonly leased: LeasedJob
  readonly workspace: Workspace
  /** By the clock of the machine. */
  readonly leasedAt: number
  readonly log: JobLog
  readonly secrets: Secrets
  /** Why they could not be had. */
  readonly problem?: unknown
  readonly move: Transfer
}

/** How it went, without what only the log and the clock can add. */
export type StepEnd = Omit<JobEnd, 'durationMs' | 'logBytes' | 'logCut'>
