/**
 * What a runner and the server say to each other, over HTTP with the runner's token. A runner asks
 * for a job, beats while it works, appends its log by byte offset and finishes; every call after
 * the lease carries it, and a stale one is refused with 409 `run.lease-lost`, so no job ends
 * twice.
 *
 *   POST /api/v1/runner/lease                          leaseRequest  -> 200 leasedJob | 204
 *   POST /api/v1/runner/leave                          { runner }    -> 200 {}
 *   POST /api/v1/runner/jobs/{run}/{job}/beat          beatRequest   -> 200 beatAnswer
 *   POST /api/v1/runner/jobs/{run}/{job}/log?attempt=N&offset=N    bytes -> 200 { size }
 *        (bytes that the server has are skipped; a gap is refused with 409 `log.gap`)
 *   POST /api/v1/runner/jobs/{run}/{job}/finish        finishRequest -> 200 {}
 *        (told again, the same end is 200 too: the first answer may have been lost)
 *   POST /api/v1/runner/jobs/{run}/{job}/tests         testsRequest  -> 200 testsAnswer
 *        (may what failed be passed over? asked before outputs are stored; `finish` decides)
 *   POST /api/v1/runner/jobs/{run}/{job}/tests/next    -> 200 { files, left }
 *        (of the files that the shards of a job share, the next portion; routes/splits.ts)
 *   POST /api/v1/runner/jobs/{run}/{job}/tests/dealt   -> 200 { files, left }
 *        (this shard's part of them, when all are dealt at once)
 *   GET  /api/v1/runner/jobs/{run}/source              -> tar stream of the commit
 *   GET  /api/v1/runner/jobs/{run}/cache/{key}         -> 200 { manifest } | 404
 *   PUT  /api/v1/runner/jobs/{run}/cache/{key}         { manifest } -> 204
 *   HEAD, GET, PUT /api/v1/runner/blobs/{digest}       bytes
 *   HEAD, PUT /api/v1/runner/jobs/{run}/{job}/artifacts/{digest}   bytes
 *        (nobody sees them before `finish` has named them)
 */
import { z } from 'zod'
import type { JobSpec } from './events.ts'

/** A job is lost when its runner has been silent this long. */
export const LEASE_MS = 30_000
export const BEAT_MS = 5_000
/** What one job may print before its log is cut, with a notice. */
export const LOG_BYTES_MAX = 128 * 1024 * 1024
/** What one log append may carry. */
export const LOG_CHUNK_BYTES_MAX = 1024 * 1024
export const BLOB_BYTES_MAX = 2 * 1024 * 1024 * 1024
/** Of a job as run: a leg's is longer than the one that was written. */
export const JOB_NAME_MAX = 80
/** The lease travels in this header on every call whose body does not name it. */
export const LEASE_HEADER = 'x-signalbox-lease'

export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

export const leaseRequest = z.object({
  runner: z.string().min(1).max(100),
  /** What this runner has: a job is handed out when all of its labels are among them. */
  labels: z.array(z.string().max(60)).max(50).default([]),
  waitMs: z.int().min(0).max(20_000),
})

export interface LeasedJob {
  readonly run: string
  readonly job: JobSpec
  readonly attempt: number
  readonly lease: string
  readonly service: string
  /** Folder of the service inside the source tree. */
  readonly directory: string
  readonly sha: string
  readonly branch: string
  /** The change comes from a fork: it gets no secrets. */
  readonly isFork?: true | undefined
  /** It belongs to a pull request: nothing of it is kept in a cache, nor linked to by others. */
  readonly isReadOnly?: true | undefined
  /** The operator's part of its cache key. */
  readonly salt?: string | undefined
  /** Outputs to restore first: those of every job this one needs, near and far, in run order. */
  readonly needs: readonly { readonly job: string; readonly outputs: string }[]
}

export const leaseOf = z.object({ lease: z.string(), attempt: z.int() })
export const beatRequest = leaseOf
export interface BeatAnswer {
  /** Somebody cancelled the run: end the job's process group and finish as `cancelled`. */
  readonly cancel: boolean
}

export const testTotals = z.object({
  passed: z.int().min(0),
  failed: z.int().min(0),
  skipped: z.int().min(0),
  durationMs: z.number().min(0),
  failures: z.array(z.object({ name: z.string().max(500), message: z.string().max(2000) })).max(50),
  retried: z.int().min(0).optional(),
})

/** All names and values of one job together. */
export const RESULT_BYTES_MAX = 64 * 1024
export const jobResults = z
  .record(z.string().max(60), z.string().max(RESULT_BYTES_MAX))
  .refine(
    (results) => Buffer.byteLength(JSON.stringify(results)) <= RESULT_BYTES_MAX,
    `at most ${RESULT_BYTES_MAX} bytes together`,
  )

/** Uploaded before the end is told; published by it, when it is a success. */
export const storedArtifact = z.object({
  name: z.string().max(60),
  digest,
  sizeBytes: z.int().min(0).max(BLOB_BYTES_MAX),
  files: z.int().min(1),
  fileName: z
    .string()
    .max(255)
    .regex(/^[^/\\\0\n\r"]+$/, 'a name of a file'),
})

export const finishRequest = leaseOf.extend({
  outcome: z.enum(['succeeded', 'cached', 'failed', 'timedOut', 'cancelled', 'lost']),
  reason: z
    .enum([
      'script',
      'signal',
      'oom',
      'timeout.wall',
      'timeout.idle',
      'infra.setup',
      'image_pull',
      'artifact',
      'cache',
      'policy',
      'tests',
      'cancelled.by',
      'lost.runner',
    ])
    .optional(),
  exitCode: z.int().optional(),
  durationMs: z.number().min(0),
  logBytes: z.int().min(0),
  logCut: z.boolean(),
  cacheKey: z.string().max(100).optional(),
  outputs: digest.optional(),
  tests: testTotals.optional(),
  /** Of the document with every case: protocol/test-results.ts. */
  testResults: digest.optional(),
  results: jobResults.optional(),
  artifacts: z.array(storedArtifact).max(20).optional(),
  hermeticity: z.enum(['L0', 'L1', 'L2', 'L3']).optional(),
  packaged: z
    .object({
      digest,
      sizeBytes: z.int().min(0),
      files: z.int().min(0),
      sbom: z.object({ digest, components: z.int().min(0) }).optional(),
    })
    .optional(),
})
/** Which tests failed, by the document that `finish` will name too. */
export const testsRequest = leaseOf.extend({ testResults: digest })
export const testsAnswer = z.object({
  /** Everything that failed is quarantined: store the outputs as if it had passed. */
  isExcused: z.boolean(),
  /** The first of them. */
  quarantined: z.array(z.string()),
})
export type TestsAnswer = z.infer<typeof testsAnswer>

export type FinishRequest = z.infer<typeof finishRequest>
