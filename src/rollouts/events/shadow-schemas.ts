/** Shadows as they stand in a manifest and in a plan: one shape for both. */
import { z } from 'zod'
import type { Measure, Shadow, ShadowVerdict } from './shadows.ts'

const METRICS_MAX = 50
const WEIGHTS_MAX = 100
/** A query over a day is none of a rollout. */
const MS_MAX = 86_400_000

const name = z.string().min(1).max(200)
const ms = z.int().min(0).max(MS_MAX)
const everyMs = z.int().min(1_000).max(MS_MAX)
const limit = z.int().min(-1).max(100_000)
const condition = z.string().max(1_000)

const measure: z.ZodType<Measure> = z.union([
  z.enum([
    'success-rate',
    'success-percent',
    'error-rate',
    'error-percent',
    'p99-s',
    'p99-ms',
    'requests',
  ]),
  z.templateLiteral(['sli-', z.string()]),
])

const argo = z.strictObject({
  kind: z.literal('argo'),
  name,
  metrics: z
    .array(
      z.strictObject({
        name,
        measure,
        windowMs: everyMs,
        intervalMs: everyMs,
        initialDelayMs: ms,
        count: z.int().min(0).max(100_000),
        successCondition: condition.optional(),
        failureCondition: condition.optional(),
        failureLimit: limit,
        inconclusiveLimit: limit,
        consecutiveErrorLimit: limit,
        consecutiveSuccessLimit: limit,
      }),
    )
    .max(METRICS_MAX),
})

const flagger = z.strictObject({
  kind: z.literal('flagger'),
  name,
  intervalMs: everyMs,
  threshold: z.int().min(1).max(100_000),
  weights: z.array(z.number().min(0).max(100)).max(WEIGHTS_MAX),
  metrics: z
    .array(
      z.strictObject({
        name,
        measure,
        windowMs: everyMs,
        min: z.number().optional(),
        max: z.number().optional(),
      }),
    )
    .max(METRICS_MAX),
})

const size = z.number().optional()
const kayenta = z.strictObject({
  kind: z.literal('kayenta'),
  name,
  intervalMs: everyMs,
  pass: z.number().min(0).max(100),
  marginal: z.number().min(0).max(100),
  groupWeights: z.record(z.string().max(200), z.number().min(0).max(100)),
  metrics: z
    .array(
      z.strictObject({
        name,
        measure,
        groups: z.array(name).min(1).max(20),
        direction: z.enum(['increase', 'decrease', 'either']),
        nanStrategy: z.enum(['remove', 'replace']),
        critical: z.boolean(),
        mustHaveData: z.boolean(),
        effectSize: z.strictObject({
          measure: z.enum(['meanRatio', 'cles']),
          allowedIncrease: size,
          allowedDecrease: size,
          criticalIncrease: size,
          criticalDecrease: size,
        }),
        outliers: z.enum(['keep', 'remove']).optional(),
      }),
    )
    .max(METRICS_MAX),
})

export const SHADOWS_MAX = 5
export const shadows: z.ZodType<readonly Shadow[]> = z
  .array(z.discriminatedUnion('kind', [argo, flagger, kayenta]))
  .max(SHADOWS_MAX)

export const shadowVerdict: z.ZodType<ShadowVerdict> = z.object({
  name: z.string(),
  kind: z.enum(['argo', 'flagger', 'kayenta']),
  verdict: z.enum(['rollback', 'hold', 'promote', 'watching']),
  reason: z.string(),
  tick: z.int().nullable().describe('the first that it said so in; null while it watches'),
})
