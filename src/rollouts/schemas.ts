/**
 * The shapes that commands carry and routes answer with, as schemas. The types are those of
 * events.ts; a schema that drifts from its type does not compile.
 */
import { z } from 'zod'
import type { AnalysisSource } from '#catalog/events.ts'
import { shadows } from './events/shadow-schemas.ts'
import type {
  AnalysisTick,
  AnalysisVerdict,
  ApprovalRule,
  Deployed,
  NoReturn,
  NoReturnStep,
  PromotionPlan,
  Skip,
  Stall,
  Verdict,
} from './events.ts'

/** More weights than this is a ramp that nobody reads; policies are held to the same bound. */
const STEPS_MAX = 20
const QUERIES_MAX = 10
const percent = z.number().gt(0).max(100)
const ms = z.number().min(0)

export const skip: z.ZodType<Skip> = z.object({ environment: z.string(), reason: z.string() })
/** No path is longer. */
export const SKIPS_MAX = 20

/** Named to people, who are to read them; the rest is counted. */
export const NO_RETURN_STEPS_MAX = 20

export const noReturnSteps: z.ZodType<readonly NoReturnStep[]> = z
  .array(
    z.object({
      version: z.string(),
      kind: z.enum(['contract', 'irreversible']),
      path: z.string(),
      line: z.int(),
      statement: z.string(),
      reason: z.string(),
    }),
  )
  .max(NO_RETURN_STEPS_MAX)
  .describe('the worst first')

export const noReturn: z.ZodType<NoReturn> = z.object({
  steps: noReturnSteps,
  count: z.int().min(1).describe('all of them, those not named above too'),
})

export const acceptance = z.object({ by: z.string(), at: z.number(), reason: z.string() })

const queries = z.array(z.string()).max(QUERIES_MAX)
const analysisSource: z.ZodType<AnalysisSource> = z.object({
  source: z.string(),
  template: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  arm: z.object({ label: z.string(), is: z.enum(['deployment', 'version']) }),
  instance: z.string(),
  lagMs: ms,
  requests: z.string().optional(),
  bad: queries.optional(),
  latency: z.object({ of: z.string(), unit: z.enum(['s', 'ms']) }).optional(),
  slis: z
    .array(z.object({ name: z.string(), bad: z.string(), total: z.string() }))
    .max(QUERIES_MAX)
    .optional(),
  gauges: z
    .array(
      z.object({
        name: z.string(),
        of: z.string(),
        max: z.number(),
        then: z.enum(['hold', 'warn']),
      }),
    )
    .max(QUERIES_MAX)
    .optional(),
})

export const promotionPlan: z.ZodType<PromotionPlan> = z.object({
  service: z.string(),
  environment: z.string(),
  release: z.string(),
  version: z.string(),
  artifact: z.string().describe('sha256:… of the manifest'),
  strategy: z.enum(['rolling', 'blue-green', 'canary']),
  steps: z
    .array(
      z.object({
        weight: percent,
        bakeMs: ms,
        instances: z.int().min(1).optional().describe('of the new release from here on'),
        wave: z.string().optional(),
      }),
    )
    .max(STEPS_MAX),
  bakeMs: ms.describe('after 100 %'),
  readyMs: ms.describe('how long new instances may take to become ready'),
  replicas: z.int().min(1).max(1_000),
  waves: z.array(z.string()).max(STEPS_MAX).optional().describe('in their order'),
  warmMs: ms.optional().describe('how long the release before is kept running after the end'),
  argv: z.array(z.string()).min(1).max(100),
  health: z.string(),
  smoke: z.string().optional().describe('what the smoke test asks for; else the health path'),
  env: z.record(z.string(), z.string()),
  policy: z.string(),
  priority: z.enum(['hotfix', 'emergency']).optional(),
  skips: z.array(skip).max(SKIPS_MAX).optional(),
  analysis: z.object({
    alpha: z.number(),
    delta: z.number(),
    tickMs: z.number().min(1),
    requestsMin: z.int().min(0),
    automaticRollback: z.boolean(),
    badShareMax: z.number().gt(0).lt(1).optional(),
    coldStart: z.object({ ms, ratio: z.number().min(1).max(100) }).optional(),
    dryRun: z.array(z.string()).max(10).optional(),
    dryRunRollouts: z.int().min(0).optional(),
    budgets: z.object({ errorMs: ms, inconclusiveMs: ms }).optional(),
    ramp: z
      .object({
        budget: z.number().min(1),
        weightCap: percent,
        capMs: ms,
        halfMs: ms,
        holdBack: z.object({ weight: percent, ms }).optional(),
        patienceMs: ms,
        whenUnproven: z.enum(['ask', 'go-on']),
      })
      .optional(),
    source: analysisSource.optional().describe('where it is measured; left out, by the router'),
    shadows: shadows.optional().describe('judges of other tools, which decide nothing'),
  }),
  noReturn: noReturn.optional().describe('what of it nobody can undo'),
})

export const approvalRule: z.ZodType<ApprovalRule> = z.object({
  count: z.int().min(0),
  ownersMin: z.int().min(0).describe('how many must be of the owning team'),
  ownerTeam: z.string(),
  expiresMs: ms,
  excluded: z.array(z.object({ actor: z.string(), why: z.string() })),
})

export const verdict: z.ZodType<Verdict> = z.object({
  verdict: z.enum(['allow', 'wait', 'deny']),
  reasons: z.array(
    z.object({
      code: z.string(),
      state: z.enum(['met', 'waiting', 'refused']),
      message: z.string(),
      remedy: z.string(),
      policy: z.string(),
    }),
  ),
  until: z.number().optional().describe('when it is worth asking again, if known'),
  whoCanAct: z.array(z.string()),
})

export const deployed: z.ZodType<Deployed> = z.object({
  deployment: z.string(),
  release: z.string(),
  version: z.string(),
  artifact: z.string(),
})

export const undelivered: z.ZodType<Stall['oldest']> = z.object({
  release: z.string(),
  version: z.string(),
  createdAt: z.number(),
  sha: z.string(),
  subject: z.string(),
})
export const stallReason = z.object({ code: z.string(), message: z.string() })
export const stall: z.ZodType<Stall> = z.object({
  since: z.number(),
  oldest: undelivered,
  why: stallReason,
})

const armCounts = z.object({
  p99Ms: z.number().optional().describe('of this tick alone'),
  requests: z.number(),
  bad: z.number(),
  slow: z.number().optional().describe('slower than the stable arm’s recent p99'),
  slow90: z.number().optional(),
})
const counted = z.object({ requests: z.number(), bad: z.number() })

export const analysisTick: z.ZodType<AnalysisTick> = z.object({
  canary: armCounts.nullable(),
  stable: armCounts.nullable(),
  past: counted
    .extend({ phi: z.number().optional(), sigma: z.number().optional() })
    .optional()
    .describe('what the stable arm had counted before'),
  ranks: z.array(z.number()).max(64).optional(),
  pods: z.array(z.object({ id: z.string(), requests: z.number(), bad: z.number() })),
  slis: z
    .array(z.object({ name: z.string(), canary: counted.nullable(), stable: counted.nullable() }))
    .max(20)
    .optional(),
  gauges: z.record(z.string(), z.number()).optional(),
  trouble: z.string().max(500).optional().describe('why an arm is not there'),
})

export const analysisVerdict: z.ZodType<AnalysisVerdict> = z.object({
  verdict: z.enum(['continue', 'hold', 'brake', 'rollback', 'freeze']),
  reason: z.string(),
  evidence: z.number(),
  threshold: z.number(),
  ratio: z.number(),
  class: z.enum(['pass', 'fail', 'inconclusive', 'error']).optional(),
  says: z.string().optional(),
  metrics: z
    .array(
      z.object({
        id: z.string(),
        evidence: z.number(),
        ratio: z.number(),
        low: z.number().optional(),
        high: z.number().optional(),
        isNamed: z.boolean(),
        isDry: z.boolean(),
      }),
    )
    .optional(),
  counts: z.object({ canary: counted, stable: counted }).optional(),
  badServed: z.number().optional(),
  badAvoided: z.number().optional().describe('had all traffic gone to it at once'),
  propose: z.number().optional().describe('percent it may have next'),
  isProven: z.boolean().optional(),
})

export const deploymentOutcome = z.enum(['succeeded', 'failed', 'aborted', 'rolledBack', 'stuck'])

export const promotionOutcome = z.enum([
  ...deploymentOutcome.options,
  'superseded',
  'rejected',
  'expired',
  'cancelled',
])

export const deploymentKind = z.enum(['forward', 'rollback', 'redeploy'])
