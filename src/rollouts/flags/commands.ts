/** What may be asked of flags, and the manifest of kind Flag. */
import { z } from 'zod'
import type { FlagRules, FlagSpec, FlagValue, Ramp, Targeting } from '../events/flags.ts'
import type { ApprovalRule, Verdict } from '../events/verdict.ts'
import { planName as name } from '../plans/commands.ts'

interface Asked {
  readonly at: number
  readonly by: string
}

/** A wish for one environment, with what an approval of it would sign. */
export interface PlannedRules {
  readonly environment: string
  readonly change: string
  readonly rules: FlagRules
  readonly ramp?: Ramp | undefined
  readonly reason: string
  readonly planHash: string
  readonly approvals: ApprovalRule
}

export type FlagCommand =
  | (Asked & {
      readonly type: 'flag.define'
      readonly flag: string
      readonly spec: FlagSpec
      /** By the manifest; what is so already is left as it is. */
      readonly plans: readonly PlannedRules[]
    })
  | (Asked & PlannedRules & { readonly type: 'flag.plan' })
  | (Asked & {
      readonly type: 'flag.approve'
      readonly environment: string
      readonly planHash: string
      readonly kind: string
      readonly teams: readonly string[]
      /** Of the same person. */
      readonly otherAccounts?: readonly string[] | undefined
      readonly note: string
    })
  | (Asked & {
      readonly type: 'flag.cancel' | 'flag.reject' | 'flag.expire'
      readonly environment: string
      readonly reason: string
    })
  | (Asked & {
      readonly type: 'flag.change'
      readonly environment: string
      readonly change: string
      readonly planHash: string
      readonly verdict: Verdict
    })
  | (Asked & {
      readonly type: 'flag.step'
      readonly environment: string
      readonly change: string
      readonly step: number
      readonly verdict: Verdict
    })
  | (Asked & {
      readonly type: 'flag.kill'
      readonly environment: string
      readonly reason: string
    })

export const VALUE_BYTES_MAX = 4 * 1024
const TEXT_MAX = 2_000
const VARIANTS_MAX = 20
const TARGETING_MAX = 50
const CONDITIONS_MAX = 10
const VALUES_MAX = 200
const STEPS_MAX = 20
export const EVERY_MS_MIN = 1_000
export const EVERY_MS_MAX = 14 * 86_400_000

const text = z.string().min(1).max(200)
const scalar = z.union([text, z.number(), z.boolean()]).transform(String)
export const flagReason = z.string().trim().min(1).max(TEXT_MAX)

/** `10%` or 10; a thousandth of a percent is the finest that is told apart. */
export const percent = z
  .union([z.number(), z.string().regex(/^\d{1,3}(\.\d{1,3})?%$/, 'a percentage, such as 10%')])
  .transform((given) => (typeof given === 'number' ? given : Number(given.slice(0, -1))))
  .pipe(z.number().min(0).max(100))

const condition = z
  .strictObject({
    attribute: text,
    equals: scalar.optional(),
    in: z.array(scalar).min(1).max(VALUES_MAX).optional(),
    endsWith: z
      .union([text.transform((one) => [one]), z.array(text).min(1).max(VALUES_MAX)])
      .optional(),
  })
  .refine(
    ({ equals, in: among, endsWith }) =>
      [equals, among, endsWith].filter((one) => one !== undefined).length === 1,
    { message: 'say one of equals, in and endsWith' },
  )
const targeting = z.strictObject({
  when: z.array(condition).min(1).max(CONDITIONS_MAX).describe('all of them'),
  serve: name.describe('a variant'),
})
export const rulesShape = z.strictObject({
  serve: z.record(name, percent).default({}).describe('percent by variant; the rest: the default'),
  targeting: z.array(targeting).max(TARGETING_MAX).default([]).describe('the first that is met'),
})
export const rampShape = z.strictObject({
  variant: name.optional().describe('left out: the only one beside the default'),
  steps: z.array(percent).min(1).max(STEPS_MAX),
  everyMs: z.int().min(EVERY_MS_MIN).max(EVERY_MS_MAX),
})

const value: z.ZodType<FlagValue> = z
  .union([z.boolean(), z.number(), z.string(), z.record(z.string(), z.unknown())])
  .refine((one) => JSON.stringify(one).length <= VALUE_BYTES_MAX, {
    message: `${VALUE_BYTES_MAX} bytes at most`,
  })

export const flagManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Flag'),
  metadata: z.strictObject({ name }),
  spec: z.strictObject({
    service: name,
    description: z.string().max(500).default(''),
    variants: z
      .record(name, value)
      .refine((all) => Object.keys(all).length <= VARIANTS_MAX, `${VARIANTS_MAX} at most`)
      .default({ on: true, off: false }),
    default: name.default('off'),
    salt: z.string().max(100).default('').describe('leave it out'),
    environments: z.record(name, rulesShape).default({}),
  }),
})
export type FlagManifest = z.infer<typeof flagManifest>

export function flagSpec({ spec }: FlagManifest): FlagSpec {
  const { environments: _, ...facts } = spec
  return facts
}

export function flagRules({ serve, targeting: rules }: z.infer<typeof rulesShape>): FlagRules {
  return { shares: serve, targeting: rules.map(targetingOf) }
}

function targetingOf({ when, serve }: z.infer<typeof targeting>): Targeting {
  return {
    serve,
    when: when.map(({ attribute, equals, in: among, endsWith }) => {
      if (equals !== undefined) return { attribute, operator: 'equals', values: [equals] }
      return among === undefined
        ? { attribute, operator: 'endsWith', values: endsWith ?? [] }
        : { attribute, operator: 'in', values: among }
    }),
  }
}
