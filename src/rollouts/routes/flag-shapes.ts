/** Flags as they are answered. */
import { z } from 'zod'
import { verdict } from '../schemas.ts'

const instant = z.number().int().describe('milliseconds since 1970')
const rules = z.object({
  shares: z.record(z.string(), z.number()).describe('percent by variant; the rest: the default'),
  targeting: z.array(
    z.object({
      when: z.array(
        z.object({
          attribute: z.string(),
          operator: z.enum(['equals', 'in', 'endsWith']),
          values: z.array(z.string()),
        }),
      ),
      serve: z.string(),
    }),
  ),
})
const ramp = z.object({ variant: z.string(), steps: z.array(z.number()), everyMs: z.number() })
const placement = z.object({
  environment: z.string(),
  rules: rules.nullable().describe('null: nothing was ever changed there; the default for all'),
  change: z.string().nullable(),
  changedAt: instant.nullable(),
  killed: z.object({ at: instant, by: z.string(), reason: z.string() }).nullable(),
  ramp: ramp.extend({ nextAt: instant }).nullable().describe('while steps are left'),
  waiting: z
    .object({
      change: z.string(),
      rules,
      ramp: ramp.nullable(),
      requestedBy: z.string(),
      plannedAt: instant,
      reason: z.string(),
    })
    .nullable(),
})

export const flagSummary = z.object({
  flag: z.string(),
  service: z.string(),
  default: z.string(),
  environments: z.array(placement),
})
export const flagChange = z.object({
  id: z.string(),
  kind: z.literal('flag'),
  flag: z.string(),
  service: z.string(),
  environment: z.string(),
  rules: rules.nullable(),
  outcome: z.string().describe('waiting, succeeded, kill, or why it never came to be'),
  reason: z.string(),
  by: z.string(),
  plannedAt: instant,
  endedAt: instant.nullable(),
})
export const flagDetail = flagSummary.extend({
  description: z.string(),
  variants: z.record(z.string(), z.unknown()),
  salt: z.string(),
  environments: z.array(
    placement.extend({
      planHash: z.string().nullable(),
      verdict: verdict
        .nullable()
        .describe(
          'on what waits, on the next step of a ramp, or on a change if one were asked for',
        ),
    }),
  ),
  changes: z.array(flagChange).describe('newest first'),
})
