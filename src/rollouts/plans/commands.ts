/** What may be asked of release plans, and the manifest of kind ReleasePlan. */
import { z } from 'zod'
import type { Deployed, PromotionOutcome } from '../events.ts'
import type { OnFailure, PlanOutcome, PlanTask, ReleasePlanSpec } from '../events/plans.ts'

interface Asked {
  readonly at: number
  readonly by: string
}

export type ReleasePlanCommand =
  | (Asked & {
      readonly type: 'plan.plan'
      readonly plan: string
      readonly spec: ReleasePlanSpec
    })
  | (Asked & { readonly type: 'plan.start' })
  | (Asked & { readonly type: 'plan.cancel'; readonly reason: string })
  | (Asked & { readonly type: 'plan.resume'; readonly reason: string })
  | (Asked & {
      readonly type: 'plan.undo'
      /** Left out: all of it. What stands on these goes with them. */
      readonly services?: readonly string[] | undefined
      readonly reason: string
    })
  | (Asked & {
      readonly type: 'plan.startItem'
      readonly service: string
      readonly promotion: string
      readonly isOurs: boolean
      readonly before: Deployed | null
    })
  | (Asked & { readonly type: 'plan.findItem'; readonly service: string })
  | (Asked & {
      readonly type: 'plan.endItem'
      readonly service: string
      readonly outcome: PromotionOutcome
      readonly reason: string
    })
  | (Asked & {
      readonly type: 'plan.skipItem' | 'plan.keepItem'
      readonly service: string
      readonly reason: string
    })
  | (Asked & {
      readonly type: 'plan.halt'
      readonly group: string
      readonly reason: string
    })
  | (Asked & {
      readonly type: 'plan.undoItem'
      readonly service: string
      readonly deployment: string
    })
  | (Asked & { readonly type: 'plan.finishUndo'; readonly service: string })
  | (Asked & {
      readonly type: 'plan.end'
      readonly outcome: PlanOutcome
      readonly tasks: readonly PlanTask[]
    })

export const ON_FAILURE = [
  'halt',
  'continue',
  'undo-group',
  'undo-plan',
] as const satisfies readonly OnFailure[]

/** More services than move at once anywhere; a page shows them all. */
const ITEMS_MAX = 200
const TEXT_MAX = 2_000

export const planName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/,
    'lower-case letters, digits and dashes, 60 at most',
  )
const name = planName
const names = z.array(name).max(ITEMS_MAX)
const onFailure = z.enum(ON_FAILURE)

const item = z.strictObject({
  service: name,
  version: z.string().max(100).optional().describe('left out: the newest release'),
  after: names.default([]).describe('services that must have succeeded before it'),
  before: names.default([]).describe('services that wait until it has succeeded'),
})
const group = z.strictObject({
  name,
  services: names.min(1),
  onFailure: onFailure.optional().describe('left out: that of the plan'),
  minOk: z.int().min(0).max(ITEMS_MAX).optional().describe('how many must succeed'),
  maxFail: z.int().min(0).max(ITEMS_MAX).optional().describe('how many may fail'),
})

/** What people say of a plan; what it becomes is a ReleasePlanSpec. */
export const planWish = z.strictObject({
  environment: name,
  items: z.array(item).min(1).max(ITEMS_MAX),
  groups: z.array(group).max(ITEMS_MAX).default([]),
  onFailure: onFailure.default('halt').describe('of groups that say nothing, and of the rest'),
  order: z
    .enum(['dependencies', 'explicit'])
    .default('dependencies')
    .describe('dependencies: after what a service depends on, and as before and after say'),
})
export type PlanWish = z.infer<typeof planWish>

export const releasePlanManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('ReleasePlan'),
  metadata: z.strictObject({ name, description: z.string().max(500).default('') }),
  spec: planWish,
})
export type ReleasePlanManifest = z.infer<typeof releasePlanManifest>

export const planReason = z.string().trim().min(1).max(TEXT_MAX)
