/**
 * The manifest of kind Pipeline: everything that can be written, and nothing else. What is written
 * is checked here for its form alone; what it means together is the planner's (plan.ts).
 */
import { z } from 'zod'
import {
  backoff,
  condition,
  duration,
  glob,
  globs,
  jobName,
  oneOrMore,
  scalar,
  SCRIPT_MAX,
  secretReference,
  size,
  text,
  variable,
  word,
} from './parts.ts'

/** What a retry can be for. A job that was cancelled or kept from running is not one of them. */
export const RETRY_REASONS = [
  'script',
  'signal',
  'oom',
  'timeout.wall',
  'timeout.idle',
  'lost.runner',
  'infra.setup',
  'image_pull',
  'artifact',
  'cache',
  'tests',
] as const

const retry = z.strictObject({
  max: z.int().min(0).max(5),
  on: z.array(z.enum(RETRY_REASONS)).max(20).optional(),
  backoff: backoff.optional(),
})
const network = z.enum(['none', 'full'])
const image = z.string().min(1).max(500)
const env = z.record(variable, text)
const salt = z
  .string()
  .min(1)
  .max(200)
  .describe('Any text. Another one forgets everything that was cached under it.')
const ports = z.array(z.int().min(1).max(65_535)).max(20)

const ready = z.strictObject({
  tcp: z.int().min(1).max(65_535).optional(),
  http: z
    .string()
    .max(500)
    .regex(/^:\d{1,5}\/\S*$/, 'a port and a path such as :8080/healthz')
    .optional(),
  cmd: z.string().min(1).max(2000).optional(),
  within: duration.optional(),
})

const service = z.strictObject({
  image: image.optional(),
  run: z.string().min(1).max(SCRIPT_MAX).optional(),
  env: env.optional(),
  ports: ports.optional(),
  ready: ready.optional(),
})

const matrix = z
  .strictObject({
    exclude: z.array(z.record(word, scalar)).max(100).optional(),
    max: z.int().min(1).max(256).optional().describe('How many of its legs run at a time.'),
  })
  .catchall(z.array(scalar).min(1).max(256))

const shards = z.strictObject({
  total: z.int().min(1).max(256),
  by: z.enum(['timing', 'count']).optional(),
  mode: z.enum(['queue', 'static']).optional(),
  files: z
    .union([glob, globs.min(1)])
    .optional()
    .describe('Which files are tests; left out: what most tools name so.'),
})

const artifact = z.union([
  glob,
  globs.min(1),
  z.strictObject({ paths: z.union([glob, globs.min(1)]), retention: duration.optional() }),
])
const artifacts = z
  .strictObject({ retention: duration.optional().describe('Of those that say nothing else.') })
  .catchall(artifact)
const withValue = z.union([text, z.number(), z.boolean(), z.array(text).max(200)])
const moved = (remedy: string) => z.never({ error: () => remedy }).optional()

export const jobManifest = z.strictObject(
  {
    needs: z.array(jobName).max(100).optional(),
    if: condition.optional(),
    run: z.string().min(1).max(SCRIPT_MAX).optional(),
    uses: z.enum(['package']).optional(),
    with: z.record(word, withValue).optional(),
    inputs: globs.optional(),
    outputs: globs.optional(),
    results: z.record(word, glob).optional(),
    env: env.optional(),
    secrets: z.record(variable, secretReference).optional(),
    matrix: matrix.optional(),
    shards: shards.optional(),
    services: z.record(jobName, service).optional(),
    retry: retry.optional(),
    timeout: duration.optional(),
    idle: duration.optional(),
    queue: duration.optional(),
    grace: duration.optional(),
    reports: z
      .strictObject({ junit: oneOrMore.optional(), gotest: oneOrMore.optional() })
      .optional(),
    flaky: z
      .strictObject({
        rerunFailed: z.int().min(0).max(5).optional(),
        quarantine: z.enum(['honour', 'ignore']).optional(),
      })
      .optional(),
    artifacts: artifacts.optional(),
    cache: z
      .union([
        z.literal(false),
        z.strictObject({
          scope: z.enum(['branch', 'branch-then-default', 'none']).optional(),
          salt: salt.optional(),
        }),
      ])
      .optional(),
    network: network.optional(),
    resources: z
      .strictObject({
        cpu: z.number().min(0.01).max(1024).optional(),
        memory: size.optional(),
        pids: z.int().min(1).max(4_194_304).optional(),
        disk: size.optional(),
      })
      .optional(),
    effect: z.enum(['deploy', 'publish']).optional(),
    image: image.optional(),
    labels: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,59}$/, 'lower-case letters, digits, . _ -'))
      .max(10)
      .optional(),
    check: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,59}$/)
      .optional(),
    mutates: z.boolean().optional(),
    include: moved('write it as with: { include: […] }'),
    retries: moved('write it as retry: { max: … }'),
  },
  {
    error: ({ input }) =>
      input === null
        ? 'no job can be null: to leave out one of the template write without: [name]'
        : undefined,
  },
)
export type JobManifest = z.infer<typeof jobManifest>

const input = z.strictObject({
  type: z.enum(['string', 'boolean', 'number', 'choice']),
  options: z.array(text.min(1)).min(1).max(100).optional(),
  default: scalar.optional(),
  required: z.boolean().optional(),
  description: z.string().max(500).optional(),
})
export type InputManifest = z.infer<typeof input>

const patterns = z.array(z.string().min(1).max(250)).min(1).max(50)

export const pipelineSpec = z.strictObject({
  on: z
    .strictObject({
      push: z
        .strictObject({ branches: patterns.optional(), paths: globs.min(1).optional() })
        .optional(),
      pullRequest: z.strictObject({ branches: patterns.optional() }).optional(),
      manual: z.strictObject({ inputs: z.record(word, input).optional() }).optional(),
    })
    .optional(),
  concurrency: z
    .strictObject({ group: text.min(1), cancelInProgress: condition.optional() })
    .optional(),
  defaults: z
    .strictObject({
      timeout: duration.optional(),
      idle: duration.optional(),
      queue: duration.optional(),
      grace: duration.optional(),
      retry: retry.optional(),
      env: env.optional(),
      network: network.optional(),
      image: image.optional(),
      cache: z.strictObject({ salt }).optional(),
    })
    .optional(),
  vars: z.record(word, scalar).optional(),
  template: z.string().min(1).max(200).optional(),
  without: z.array(jobName).max(100).optional(),
  jobs: z.record(jobName, jobManifest).optional(),
  finally: z
    .strictObject({ within: duration.optional(), jobs: z.record(jobName, jobManifest) })
    .optional(),
})
export type PipelineSpec = z.infer<typeof pipelineSpec>

export const pipelineManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Pipeline'),
  metadata: z.strictObject({ name: z.string().max(60) }).optional(),
  spec: pipelineSpec,
})
export type PipelineManifest = z.infer<typeof pipelineManifest>
