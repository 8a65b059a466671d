/** What may be asked of a run, and the manifest of kind Pipeline. */
import { z } from 'zod'
import type {
  JobReason,
  JobOutcome,
  JobSpec,
  PackagedFiles,
  TestTotals,
  TestVerdict,
} from './events.ts'

interface Asked {
  readonly at: number
  readonly by: string
}

const jobName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'lower-case letters, digits and dashes, 40 at most',
  )
const glob = z
  .string()
  .min(1)
  .max(500)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), {
    message: 'a path inside the service, without ..',
  })
const globs = z.array(glob).max(200)
const duration = z.string().regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, 'a duration such as 90s or 15m')

export const jobManifest = z.strictObject({
  needs: z.array(jobName).max(50).default([]),
  run: z.string().min(1).max(20_000).optional(),
  uses: z.enum(['package']).optional(),
  include: globs.default([]),
  inputs: globs.default([]),
  outputs: globs.default([]),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), z.string().max(4000))
    .default({}),
  reports: z.strictObject({ junit: z.union([glob, globs]) }).optional(),
  check: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,59}$/)
    .optional(),
  timeout: duration.default('15m'),
  idle: duration.default('5m'),
  grace: duration.default('10s'),
  retries: z.int().min(0).max(5).default(0),
})
export type JobManifest = z.infer<typeof jobManifest>

export const pipelineManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Pipeline'),
  metadata: z.strictObject({ name: z.string().max(60) }).optional(),
  spec: z.strictObject({ jobs: z.record(jobName, jobManifest) }),
})
export type PipelineManifest = z.infer<typeof pipelineManifest>

export interface RunSource {
  readonly run: string
  readonly service: string
  readonly repository: string
  readonly branch: string
  readonly sha: string
}

export type RunCommand =
  | (Asked &
      RunSource & {
        readonly type: 'run.queue'
        readonly directory: string
        readonly trigger: 'push' | 'manual'
        readonly pipeline: string
        readonly jobs: readonly JobSpec[]
      })
  | (Asked & RunSource & { readonly type: 'run.refuse'; readonly reason: string })
  | (Asked & {
      readonly type: 'run.leaseJob'
      readonly job: string
      readonly lease: string
      readonly runner: string
      readonly expiresAt: number
    })
  | (Asked & {
      readonly type: 'run.finishJob'
      readonly job: string
      readonly attempt: number
      readonly lease: string
      readonly outcome: JobOutcome
      readonly reason?: JobReason | undefined
      readonly exitCode?: number | undefined
      readonly durationMs: number
      readonly logBytes: number
      readonly logCut: boolean
      readonly cacheKey?: string | undefined
      readonly outputs?: string | undefined
      readonly tests?: TestTotals | undefined
      readonly testResults?: string | undefined
      readonly tested?: TestVerdict | undefined
      readonly packaged?: PackagedFiles | undefined
    })
  | (Asked & { readonly type: 'run.loseJob'; readonly job: string; readonly lease: string })
  | (Asked & { readonly type: 'run.cancel' })
