/**
 * What a job of another CI system and the server say to each other. `signalbox ci report` speaks
 * it; so can anything that speaks HTTP.
 *
 *   POST /api/v1/ci/exchange       exchangeRequest -> 201 { by, service }
 *   PUT  /api/v1/ci/blobs/{digest} bytes           -> 200 (a document of test results)
 *   POST /api/v1/ci/jobs           reportRequest   -> 200 { run, attempt, outcome }
 */
import { z } from 'zod'
import { CI_SYSTEMS } from '../events/foreign.ts'
import { digest, testTotals } from '../protocol.ts'

/** A day: no CI lets a job run longer. */
const DURATION_MS_MAX = 24 * 60 * 60 * 1000
const ARTIFACTS_MAX = 20

const text = (lengthMax: number) => z.string().trim().min(1).max(lengthMax)
const webAddress = z.url({ protocol: /^https?$/ }).max(1_000)

export const exchangeRequest = z.strictObject({
  token: text(16_384).describe('of the issuer, as the job got it'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of a secret that the caller made up and now reports with, hex'),
  service: text(100).optional().describe('left out: the only one of the repository'),
})

/** What nobody signed for. */
const said = z.strictObject({
  system: z.enum(CI_SYSTEMS).optional(),
  sha: z
    .string()
    .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)
    .optional(),
  run: text(200).optional().describe('as the other system calls it'),
  attempt: z.int().min(1).max(1_000).optional(),
  execution: text(200).optional().describe('of the job: another one is another attempt'),
  url: webAddress.optional(),
})

export const reportRequest = z.strictObject({
  service: text(100).optional(),
  job: text(80),
  leg: z.string().max(200).optional().describe('values of its matrix, with dashes between'),
  outcome: z.enum(['succeeded', 'cached', 'failed', 'timedOut', 'cancelled']),
  exitCode: z.int().min(0).max(255).optional(),
  durationMs: z.number().min(0).max(DURATION_MS_MAX).default(0),
  tests: testTotals.optional(),
  testResults: digest.optional(),
  artifacts: z
    .array(
      z.strictObject({
        name: text(200),
        digest,
        uri: z.url().max(1_000).optional(),
        sizeBytes: z.int().min(0).optional(),
      }),
    )
    .max(ARTIFACTS_MAX)
    .default([]),
  said: said.optional(),
})
export type ReportRequest = z.infer<typeof reportRequest>
