/** What may be asked of gates: waivers by people, and the manifest of kind Policy. */
import { z } from 'zod'
import { parseDuration } from '#kernel/duration.ts'
import type { PolicyDocument, PolicyRow } from './events.ts'

/** Every wish says when and by whom; a decider has no clock and no session of its own. */
const asked = { at: z.int(), by: z.string().min(1) }
const DAY_MS = 86_400_000
/** Whoever needs longer is not in an emergency any more, or needs another look at it. */
const EMERGENCY_MS_MAX = 4 * 3_600_000

/** `90s`, `15m`, `2h30m`: milliseconds after parsing. */
export function duration(maxMs: number, most: string) {
  return z
    .string()
    .max(40)
    .transform((text, context) => {
      const ms = parseDuration(text)
      if (ms !== undefined && ms <= maxMs) return ms
      context.addIssue({
        code: 'custom',
        message: `a duration such as 90s or 15m, ${most} at most`,
      })
      return z.NEVER
    })
}

export const checkName = z.string().regex(/^[a-z][a-z0-9.-]{0,59}$/, 'a check such as secret-scan')

export const requestWaiver = z.object({
  type: z.literal('waiver.request'),
  ...asked,
  check: z.string().describe('the failed check to let pass, e.g. secret-scan'),
  subject: z.string().describe('the one artifact it is for, by digest'),
  reason: z.string(),
  expiresAt: z.int(),
})
export const approveWaiver = z.object({
  type: z.literal('waiver.approve'),
  ...asked,
  otherAccounts: z.array(z.string()).optional().describe('of the same person'),
})
export const revokeWaiver = z.object({ type: z.literal('waiver.revoke'), ...asked })

export const waiverCommand = z.discriminatedUnion('type', [
  requestWaiver,
  approveWaiver,
  revokeWaiver,
])
export type WaiverCommand = z.infer<typeof waiverCommand>

/** The body of `POST /waivers`. Service and version are read only to say what to give instead. */
export const waiverBody = z.strictObject({
  check: checkName,
  subject: z.string().max(100).default('').describe('the artifact, sha256:…'),
  service: z.string().max(60).optional(),
  version: z.string().max(100).optional(),
  reason: z.string().max(2000),
  expiresIn: duration(366 * DAY_MS, '366d').prefault('7d'),
})

interface Asked {
  readonly at: number
  readonly by: string
}

export type PolicyCommand =
  | (Asked & {
      readonly type: 'policy.apply'
      readonly document: PolicyDocument
      /** `sha256:…` of the canonical document, made by the shell. */
      readonly digest: string
    })
  | (Asked & { readonly type: 'policy.withdraw' })

/** `10%` or 10. */
const percent = z.union([
  z.number().gt(0).lt(100),
  z
    .string()
    .regex(/^\d{1,2}(\.\d{1,2})?%$/, 'a percentage such as 10%')
    .transform((text) => Number(text.slice(0, -1))),
])
const bake = duration(7 * DAY_MS, '7d')

const ramp = z
  .strictObject({
    budget: z.number().min(1).max(1e6).optional().describe('bad requests before a reaction'),
    cap: percent.optional().describe('not beyond it until proven to be no worse'),
    capBake: bake.optional().describe('on the way to the cap and at it'),
    halfBake: bake.optional().describe('at 50 %'),
    holdBack: z
      .strictObject({ weight: percent, bake })
      .optional()
      .describe('the last step before 100 %, with the old release as a control'),
    patience: bake.optional().describe('not proven by then: see unproven'),
    unproven: z
      .enum(['ask', 'go-on'])
      .optional()
      .describe('a person decides, or it goes on and is flagged'),
  })
  .describe('a canary goes as far as a budget of bad requests bears; instead of steps')

const queue = z.enum(['queue', 'supersede-waiting', 'preempt', 'parallel'])

const policyRow = z.strictObject({
  checks: z.array(checkName).max(50).optional(),
  approvals: z
    .strictObject({
      count: z.int().min(0).max(10).optional(),
      ownersMin: z.int().min(0).max(10).optional(),
      expires: duration(30 * DAY_MS, '30d').optional(),
    })
    .optional(),
  queue: queue.optional(),
  hotfix: z.strictObject({ queue: queue.optional(), bake: percent.optional() }).optional(),
  emergency: z
    .strictObject({
      incident: z.boolean().optional().describe('whether it names an incident'),
      approvers: z.int().min(0).max(5).optional().describe('on call, and not who asks'),
      lasts: duration(EMERGENCY_MS_MAX, '4h').optional(),
      reviewDays: z.int().min(0).max(20).optional().describe('working days; 0: no review is owed'),
      keeps: z
        .array(checkName)
        .max(50)
        .optional()
        .describe('checks that are not left for later; signature and provenance never are'),
    })
    .optional(),
  protect: duration(DAY_MS, '1d').optional(),
  stalled: duration(90 * DAY_MS, '90d').optional(),
  strategy: z.enum(['rolling', 'blue-green', 'canary']).optional(),
  steps: z
    .array(z.strictObject({ weight: percent, bake }))
    .max(20)
    .optional(),
  batch: z
    .union([
      z.int().min(1).max(100),
      z
        .string()
        .regex(/^(100|[1-9]\d?)%$/, 'a percentage such as 33%')
        .transform((text) => Number(text.slice(0, -1))),
    ])
    .optional()
    .describe('of a rolling update: percent of the instances replaced at once'),
  batchBake: bake.optional().describe('how long each batch must stay healthy before the next'),
  waveBake: z
    .strictObject({ first: bake, later: bake })
    .optional()
    .describe('how long the first wave, and each later one, must stay healthy before the next'),
  warm: duration(DAY_MS, '1d')
    .optional()
    .describe('of blue-green: how long the release before is kept running'),
  bake: bake.optional(),
  ready: duration(DAY_MS, '1d').optional(),
  analysis: z
    .strictObject({
      alpha: z.number().gt(0).max(0.5).optional(),
      delta: z.number().min(0).max(1).optional(),
      tick: duration(600_000, '10m').optional(),
      requestsMin: z.int().min(0).max(1_000_000).optional(),
      automaticRollback: z.boolean().optional(),
      dryRunRollouts: z
        .int()
        .min(0)
        .max(20)
        .optional()
        .describe('rollouts in which a new metric convicts nobody; failures always do'),
      budgets: z
        .strictObject({ error: bake.optional(), inconclusive: bake.optional() })
        .optional()
        .describe('how long in a row a verdict may say nothing before a person is asked'),
      ramp: ramp.optional(),
    })
    .optional(),
  sourceDown: z.enum(['closed', 'open']).optional(),
  schemaUnknown: z.enum(['unsafe', 'warn', 'ignore']).optional(),
  rollbackWindow: z
    .strictObject({
      revisions: z.int().min(0).max(100).optional(),
      age: duration(366 * DAY_MS, '366d').optional(),
    })
    .optional()
    .describe('a rollback within either goes at once; further back it is a promotion'),
  memberwise: z
    .boolean()
    .optional()
    .describe('releases may come together that were never validated together'),
})

const rowName = z
  .string()
  .regex(
    /^(\*|[0-3])\/(development|test|staging|production)$/,
    'a row such as 1/production, or */staging for every tier',
  )

export const policyManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Policy'),
  metadata: z.strictObject({
    name: z.string().min(1).max(60),
    description: z.string().max(500).default(''),
  }),
  spec: z.strictObject({ rows: z.record(rowName, policyRow) }),
})
export type PolicyManifest = z.infer<typeof policyManifest>

/** The manifest in our own words, with units in the names; what was left out stays undefined. */
export function policyDocument({ metadata, spec }: PolicyManifest): PolicyDocument {
  const rows = Object.entries(spec.rows).map(([name, row]) => [name, rowOf(row)] as const)
  return { ...metadata, rows: Object.fromEntries(rows) }
}

function termsOf({
  lasts: lastsMs,
  ...terms
}: NonNullable<z.infer<typeof policyRow>['emergency']>) {
  return { ...terms, lastsMs }
}

function rampOf({
  cap: weightCap,
  capBake: capMs,
  halfBake: halfMs,
  patience: patienceMs,
  unproven: whenUnproven,
  holdBack,
  budget,
}: z.infer<typeof ramp>) {
  const control = holdBack && { weight: holdBack.weight, ms: holdBack.bake }
  return { budget, weightCap, capMs, halfMs, holdBack: control, patienceMs, whenUnproven }
}

function rowOf(row: z.infer<typeof policyRow>): PolicyRow {
  const { approvals, steps, hotfix, emergency, analysis, rollbackWindow, ...times } = row
  const { bake: bakeMs, ready: readyMs, protect: protectMs, stalled: stalledMs, ...rest } = times
  const {
    batch: batchPercent,
    batchBake: batchBakeMs,
    waveBake: waveBakeMs,
    warm: warmMs,
    ...plain
  } = rest
  return {
    ...plain,
    bakeMs,
    batchPercent,
    batchBakeMs,
    waveBakeMs,
    warmMs,
    readyMs,
    protectMs,
    stalledMs,
    hotfix: hotfix && { queue: hotfix.queue, bakePercent: hotfix.bake },
    emergency: emergency && termsOf(emergency),
    steps: steps?.map((step) => ({ weight: step.weight, bakeMs: step.bake })),
    approvals: approvals && {
      count: approvals.count,
      ownersMin: approvals.ownersMin,
      expiresMs: approvals.expires,
    },
    rollbackWindow: rollbackWindow && {
      revisions: rollbackWindow.revisions,
      ms: rollbackWindow.age,
    },
    analysis: analysis && {
      alpha: analysis.alpha,
      delta: analysis.delta,
      tickMs: analysis.tick,
      requestsMin: analysis.requestsMin,
      automaticRollback: analysis.automaticRollback,
      dryRunRollouts: analysis.dryRunRollouts,
      budgets: analysis.budgets && {
        errorMs: analysis.budgets.error,
        inconclusiveMs: analysis.budgets.inconclusive,
      },
      ramp: analysis.ramp && rampOf(analysis.ramp),
    },
  }
}
