/** What the room's routes answer with. Instants are milliseconds since 1970. */
import { z } from 'zod'
import { shadowVerdict } from '../events/shadow-schemas.ts'
import {
  acceptance,
  analysisVerdict,
  approvalRule,
  deployed,
  deploymentKind,
  deploymentOutcome,
  noReturnSteps,
  promotionOutcome,
  promotionPlan,
  skip,
  stall,
  verdict,
} from '../schemas.ts'

const instant = z.number().int().describe('milliseconds since 1970')
const passed = z.object({
  at: instant.describe('when its migrations were applied'),
  steps: noReturnSteps,
  count: z.int(),
  accepted: acceptance.describe('who answers for it, and why'),
})
const armCounts = z.object({ requests: z.number(), bad: z.number(), slow: z.number().optional() })
const counted = z.object({ requests: z.number(), bad: z.number() })

export const promotionSummary = z.object({
  id: z.string(),
  service: z.string(),
  environment: z.string(),
  release: z.string(),
  version: z.string(),
  origin: z.enum(['automatic', 'person']),
  status: z.enum(['waiting', 'started', 'ended']),
  requestedBy: z.string(),
  plannedAt: instant,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  deployment: z.string().nullable(),
  outcome: promotionOutcome.nullable(),
  reason: z.string().nullable(),
  supersededBy: z.string().nullable(),
  fixes: z.string().nullable().describe('what it mends: a deployment, release or incident'),
  planHash: z.string(),
  verdict: verdict.nullable().describe('as last written down'),
  revision: z.int().describe('what If-Match names'),
})

const approvals = z.object({
  rule: approvalRule,
  given: z.array(
    z.object({
      approver: z.string(),
      at: instant,
      planHash: z.string(),
      teams: z.array(z.string()),
      note: z.string(),
    }),
  ),
  missing: z.int(),
  ownersMissing: z.int(),
})

export const forecast = z
  .object({
    weight: z.number().describe('percent'),
    ms: z.number().nullable().describe('null: never, or nobody knows'),
    isInTime: z.boolean(),
    traffic: z
      .object({
        requestsPerS: z.number(),
        badShare: z.number(),
        requests: z.number().describe('how many that rests on'),
        at: instant.describe('when the last of them was counted'),
      })
      .nullable(),
    says: z.string(),
    advice: z.string(),
  })
  .nullable()
  .describe('how long a proof that it is no worse will take; null: its plan has no ramp')

export const promotionDetail = promotionSummary.extend({
  verdict: verdict.nullable().describe('as it is now; once started, as it was'),
  plan: promotionPlan,
  approvals,
  acceptance: acceptance.nullable().describe('who answers for what nobody can undo'),
  forecast,
  history: z.array(z.looseObject({ type: z.string(), at: instant, by: z.string() })),
})

export const explanation = z.object({
  service: z.string(),
  environment: z.string(),
  release: z.string(),
  version: z.string(),
  promotion: z.string().nullable().describe('the one that waits, if any'),
  verdict,
  checks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['passed', 'failed', 'pending', 'waived', 'not-applicable']),
      message: z.string(),
      remedy: z.string(),
      policy: z.string(),
    }),
  ),
  approvals,
  plan: promotionPlan,
  planHash: z.string(),
  notAsAsked: z
    .string()
    .nullable()
    .describe('why its strategy is another one than its service asks for'),
  forecast,
  stalled: stall.nullable().describe('where delivery is stalled: since when, and what waits'),
})

export const deploymentSummary = z.object({
  id: z.string(),
  promotion: z.string().nullable(),
  service: z.string(),
  environment: z.string(),
  environmentKind: z.string(),
  tier: z.int(),
  kind: deploymentKind,
  release: z.string(),
  version: z.string(),
  artifact: z.string(),
  sha: z.string(),
  by: z.string(),
  status: z.enum(['running', 'paused', 'undoing', 'finished']),
  since: instant.describe('when it became so'),
  step: z.int().describe('-1 before the first, the number of steps at 100 %'),
  weight: z.number().describe('percent of traffic on this release'),
  startedAt: instant,
  readyAt: instant.nullable(),
  exposedAt: instant.nullable().describe('when users first saw it'),
  finishedAt: instant.nullable(),
  outcome: deploymentOutcome.nullable(),
  reason: z.string().nullable(),
  noReturn: passed.nullable().describe('what it did that nobody can undo'),
  verdict: analysisVerdict.nullable(),
  unproven: z
    .array(z.number())
    .readonly()
    .describe('weights that it left without proof, by decision'),
  brake: z
    .object({ from: z.number(), at: instant, reason: z.string() })
    .nullable()
    .describe('traffic was cut on suspicion: from which weight, since when, why'),
  returnPoint: deployed.nullable(),
  undoes: z.string().nullable(),
  fixes: z.string().nullable().describe('what it mends: a deployment, release or incident'),
  revision: z.int().describe('what If-Match names'),
})

export const deploymentDetail = deploymentSummary.extend({
  resting: z
    .object({ why: z.array(z.string()), until: instant.nullable() })
    .nullable()
    .describe('why it may not take its next step now, and until when if that is known'),
  deadline: z
    .object({ at: instant, then: z.string() })
    .nullable()
    .describe('how long it may stay as it is'),
  belowFloor: z
    .object({ returnTo: z.string(), floor: z.string(), why: z.string() })
    .nullable()
    .describe('held instead of taken back, since what it would go back to does not work any more'),
  preview: z
    .object({ passed: z.boolean(), detail: z.string() })
    .nullable()
    .describe('the smoke test before its first traffic'),
  smoke: z.object({ passed: z.boolean(), detail: z.string() }).nullable(),
  shadows: z
    .array(shadowVerdict)
    .readonly()
    .describe('what judges of other tools would have said; they decide nothing'),
  forecast,
  plan: promotionPlan,
  weights: z.array(z.object({ at: instant, step: z.int(), weight: z.number() })),
  ticks: z
    .array(
      z.object({
        at: instant,
        canary: armCounts.nullable(),
        stable: armCounts.nullable(),
        verdict: analysisVerdict,
        trouble: z.string().nullable().describe('why an arm was not reported'),
        slis: z
          .array(
            z.object({
              name: z.string(),
              canary: counted.nullable(),
              stable: counted.nullable(),
            }),
          )
          .readonly()
          .describe('what the service counts besides requests'),
        gauges: z
          .record(z.string(), z.number())
          .readonly()
          .describe('what is no count: the highest of the canary'),
      }),
    )
    .describe('the last 600, oldest first'),
})

export const slotSummary = z.object({
  service: z.string(),
  environment: z.string(),
  port: z.int(),
  url: z.string(),
  deployed: deployed.nullable().describe('whose traffic it is'),
  validated: deployed.nullable(),
  hold: z
    .object({
      reason: z.string(),
      by: z.string(),
      at: instant,
      badRelease: z.string().optional(),
      movesWith: z
        .object({ kind: z.enum(['plan', 'train']), id: z.string() })
        .nullable()
        .describe('the release plan or train that keeps automation off it while it moves it'),
    })
    .nullable(),
  unproven: z
    .array(z.number())
    .readonly()
    .describe('weights that what is deployed left without proof, by decision'),
  gaps: z.array(skip).describe('environments that what is deployed has passed by'),
  stalled: stall.nullable().describe('since when nothing arrives, what waits, and why'),
  inFlight: deploymentSummary.nullable(),
  weights: z.array(z.object({ deployment: z.string(), version: z.string(), weight: z.number() })),
  revision: z.int().describe('what If-Match names'),
})

export const slotDetail = slotSummary.extend({
  rollbackFloor: z
    .object({ release: z.string(), version: z.string(), why: z.string() })
    .nullable()
    .describe('the oldest release that works with what is applied; null: every one'),
  noReturn: passed
    .extend({ deployment: z.string(), version: z.string() })
    .nullable()
    .describe('the last point of no return that was passed here'),
  groups: z
    .array(
      z.object({
        deployment: z.string(),
        version: z.string(),
        weight: z.number(),
        replicas: z.int(),
        ready: z.int(),
        instances: z.array(
          z.object({
            id: z.string(),
            pid: z.int(),
            port: z.int(),
            state: z.enum(['starting', 'ready', 'unhealthy', 'exited']),
            restarts: z.int(),
            tail: z.string(),
          }),
        ),
      }),
    )
    .describe('as the target shows them now'),
})
