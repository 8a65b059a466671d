/**
 * What the server answers about slots, promotions and deployments: the types of the shapes that it
 * answers with, so that no page can drift from them. Types alone; nothing of the server is loaded.
 */
import type { z } from 'zod'
import type { way } from '../../../src/rollouts/routes/rollback.ts'
import type {
  deploymentDetail,
  deploymentSummary,
  explanation,
  promotionDetail,
  promotionSummary,
  slotDetail,
  slotSummary,
} from '../../../src/rollouts/routes/shapes.ts'

export type {
  AnalysisVerdict,
  Deployed,
  MetricFinding,
  NoReturn,
  PromotionPlan as Plan,
  RolloutStep as PlanStep,
  ShadowVerdict,
  Skip,
  Stall,
  Verdict,
  VerdictReason,
} from '../../../src/rollouts/events.ts'

/** One service in one environment. */
export type Slot = z.infer<typeof slotSummary>
/** With its instances, as the target shows them now. */
export type SlotDetail = z.infer<typeof slotDetail>
export type Hold = NonNullable<Slot['hold']>
export type InstanceGroup = SlotDetail['groups'][number]

export type Promotion = z.infer<typeof promotionSummary>
export type PromotionDetail = z.infer<typeof promotionDetail>
export type Approvals = PromotionDetail['approvals']
/** The answer to "may it go there?". */
export type Explanation = z.infer<typeof explanation>
/** How long a proof that a canary is no worse will take, by its slot's traffic. */
export type Forecast = NonNullable<Explanation['forecast']>
/** One requirement of the policy, judged. */
export type Check = Explanation['checks'][number]

export type Deployment = z.infer<typeof deploymentSummary>
export type DeploymentDetail = z.infer<typeof deploymentDetail>
/** One measurement of both parts. */
export type Tick = DeploymentDetail['ticks'][number]
export type ArmCounts = NonNullable<Tick['canary']>

/** Where a rollback would go, how fast, and why. */
export type WayBack = z.infer<typeof way>
