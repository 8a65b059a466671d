/** What may be asked of promotions, deployments and slots: by people, and by our reconcilers. */
import { z } from 'zod'
import { SHADOWS_MAX, shadowVerdict } from './events/shadow-schemas.ts'
import {
  acceptance,
  analysisTick,
  approvalRule,
  deployed,
  deploymentKind,
  deploymentOutcome,
  promotionPlan,
  stallReason,
  undelivered,
  verdict,
} from './schemas.ts'

/** Every wish says when and by whom; a decider has no clock and no session of its own. */
const asked = { at: z.int(), by: z.string().min(1) }
/** Room for a paragraph; an essay belongs behind a link. */
const TEXT_MAX = 2_000
/** More migrations than a plan names. */
export const NAMES_MAX = 50
/** A path of a file. */
export const NAME_MAX = 500
export const reason = z.string().trim().min(1).max(TEXT_MAX)

export const promotionCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('promotion.plan'),
    ...asked,
    promotion: z.string(),
    service: z.string(),
    environment: z.string(),
    release: z.string(),
    version: z.string(),
    origin: z.enum(['automatic', 'person']),
    plan: promotionPlan,
    planHash: z.string(),
    approvals: approvalRule,
    fixes: z.string().optional().describe('what it mends: a deployment, release or incident'),
    back: z.object({ undoes: z.string(), isForced: z.boolean() }).optional(),
  }),
  z.object({
    type: z.literal('promotion.replan'),
    ...asked,
    plan: promotionPlan,
    planHash: z.string(),
    approvals: approvalRule,
  }),
  z.object({
    type: z.literal('promotion.approve'),
    ...asked,
    planHash: z.string().describe('what the approver saw'),
    kind: z.enum(['person', 'service-account', 'agent', 'system']).describe('of the approver'),
    teams: z.array(z.string()).describe('of the approver'),
    otherAccounts: z.array(z.string()).optional().describe('of the same person'),
    note: z.string().max(TEXT_MAX),
    skips: z.array(z.string()).optional().describe('environments that the approver saw skipped'),
  }),
  z.object({ type: z.literal('promotion.reject'), ...asked, reason }),
  z.object({ type: z.literal('promotion.overrideWindow'), ...asked, reason }),
  z.object({
    type: z.literal('promotion.acceptNoReturn'),
    ...asked,
    planHash: z.string().describe('what the person saw'),
    kind: z.enum(['person', 'service-account', 'agent', 'system']).describe('of the person'),
    names: z.array(z.string().max(NAME_MAX)).max(NAMES_MAX).describe('migrations, by their files'),
    reason,
  }),
  z.object({ type: z.literal('promotion.cancel'), ...asked, reason }),
  z.object({
    type: z.literal('promotion.supersede'),
    ...asked,
    supersededBy: z.string().optional(),
    reason,
  }),
  z.object({ type: z.literal('promotion.stop'), ...asked, reason: z.string() }),
  z.object({
    type: z.literal('promotion.expire'),
    ...asked,
    emergencyOver: z.string().optional().describe('the emergency whose rights it went by'),
  }),
  z.object({ type: z.literal('promotion.judge'), ...asked, verdict }),
  z.object({
    type: z.literal('promotion.start'),
    ...asked,
    planHash: z.string(),
    verdict: verdict.describe('judged in the transaction that starts it'),
    deployment: z.string(),
    fence: z.int(),
  }),
  z.object({
    type: z.literal('promotion.end'),
    ...asked,
    outcome: deploymentOutcome,
    reason: z.string(),
    supersededBy: z.string().optional().describe('the promotion that it made way for'),
  }),
])
export type PromotionCommand = z.infer<typeof promotionCommand>

const startDeployment = z.object({
  type: z.literal('deployment.start'),
  ...asked,
  deployment: z.string(),
  promotion: z.string().optional(),
  service: z.string(),
  environment: z.string(),
  environmentKind: z.string(),
  tier: z.int().min(0).max(3),
  kind: deploymentKind,
  release: z.string(),
  version: z.string(),
  artifact: z.string(),
  sha: z.string(),
  plan: promotionPlan,
  fence: z.int(),
  returnPoint: deployed.nullable(),
  undoes: z.string().optional(),
  fixes: z.string().optional(),
  takesOver: z.string().optional(),
  noReturnAccepted: acceptance.optional(),
})

export const deploymentCommand = z.discriminatedUnion('type', [
  startDeployment,
  z.object({ type: z.literal('deployment.ready'), ...asked, replicas: z.int() }),
  z.object({
    type: z.literal('deployment.setWeight'),
    ...asked,
    step: z.int().min(0),
    weight: z.number().gt(0).max(100),
  }),
  z.object({
    type: z.literal('deployment.brake'),
    ...asked,
    weight: z.number().gt(0).lt(100).describe('percent, less than stands'),
  }),
  z.object({ type: z.literal('deployment.releaseBrake'), ...asked }),
  z.object({ type: z.literal('deployment.beginBatch'), ...asked, step: z.int().min(0) }),
  z.object({ type: z.literal('deployment.measure'), ...asked, tick: analysisTick }),
  z.object({
    type: z.literal('deployment.pause'),
    ...asked,
    reason: z.string().max(2 * TEXT_MAX + 4_096),
    budget: z.enum(['error', 'inconclusive']).optional().describe('what is spent'),
    belowFloor: z
      .object({ returnTo: z.string(), floor: z.string(), why: z.string() })
      .optional()
      .describe('it would be taken back, but for what is applied to the database'),
  }),
  z.object({ type: z.literal('deployment.resume'), ...asked }),
  z.object({ type: z.literal('deployment.advance'), ...asked, reason }),
  z.object({
    type: z.literal('deployment.abort'),
    ...asked,
    cause: z.enum(['person', 'preemption', 'analysis', 'health', 'deadline', 'verification']),
    reason: z.string().max(2 * TEXT_MAX + 4_096),
    makesWayFor: z.string().optional().describe('the promotion that takes its place'),
  }),
  z.object({
    type: z.literal('deployment.undoBatch'),
    ...asked,
    step: z.int().min(0),
    weight: z.number().gt(0).max(100),
  }),
  z.object({
    type: z.literal('deployment.restore'),
    ...asked,
    deployment: z.string().nullable(),
  }),
  z.object({
    type: z.literal('deployment.preview'),
    ...asked,
    passed: z.boolean(),
    detail: z.string(),
  }),
  z.object({
    type: z.literal('deployment.smoke'),
    ...asked,
    passed: z.boolean(),
    detail: z.string(),
  }),
  z.object({ type: z.literal('deployment.cancel'), ...asked }).describe('always refused: too late'),
  z.object({ type: z.literal('deployment.callOverdue'), ...asked }),
  z.object({
    type: z.literal('deployment.finish'),
    ...asked,
    shadows: z.array(shadowVerdict).max(SHADOWS_MAX).readonly().optional(),
  }),
])
export type DeploymentCommand = z.infer<typeof deploymentCommand>

export const slotCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('slot.open'),
    ...asked,
    service: z.string(),
    environment: z.string(),
    port: z.int().min(1).max(65_535),
  }),
  z.object({ type: z.literal('slot.acquire'), ...asked, deployment: z.string() }),
  z.object({
    /** What a finished deployment means for its slot, in one append. */
    type: z.literal('slot.conclude'),
    ...asked,
    deployed,
    kind: deploymentKind,
    outcome: deploymentOutcome,
    reason: z.string(),
    isExposed: z.boolean(),
    isProduction: z.boolean(),
    isPreempted: z.boolean().optional().describe('it made way for another; it is not bad'),
    returnPoint: deployed.nullable(),
    warmMs: z.number().min(0).optional().describe('how long what it replaced is kept running'),
    undosLastDay: z.int().min(0).describe('automatic ones of this slot, this one included'),
  }),
  z.object({
    type: z.literal('slot.hold'),
    ...asked,
    reason,
    badRelease: z.string().optional(),
    isStanding: z.boolean().optional().describe('of a train: it stays whatever arrives'),
  }),
  z.object({ type: z.literal('slot.resume'), ...asked, reason }),
  z.object({
    /** What waits for it, and for how long it may. */
    type: z.literal('slot.noteDelivery'),
    ...asked,
    oldest: undelivered.nullable(),
    why: stallReason,
    limitMs: z.number().min(0),
  }),
  z.object({
    /** Holds the slot, and takes its lock for the deployment that goes back. */
    type: z.literal('slot.holdForRollback'),
    ...asked,
    deployment: z.string(),
    to: deployed,
    undoes: deployed,
    reason,
  }),
])
export type SlotCommand = z.infer<typeof slotCommand>
