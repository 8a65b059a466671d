/** Test cases in doubt, as they are answered. */
import { z } from 'zod'

const instant = z.number().int().describe('milliseconds since 1970')

export const BOARD_STATES = ['suspect', 'flaky', 'quarantined', 'fixed', 'healthy'] as const

export const flakySummary = z.object({
  id: z.string(),
  service: z.string(),
  case: z.string().describe('suite::class::name[params]'),
  state: z.enum(BOARD_STATES),
  mean: z.number().describe('how often one commit sees it answer both ways, 0 to 1'),
  disagreed: z.number().describe('commits that did, each counting less as it grows old'),
  agreed: z.number(),
  lastFailed: z
    .object({ at: instant, run: z.string(), job: z.string(), sha: z.string() })
    .nullable(),
  message: z.string().nullable(),
  quarantine: z
    .object({
      owner: z.string(),
      issue: z.string(),
      reason: z.string(),
      by: z.string(),
      at: instant,
      expiresAt: instant,
    })
    .nullable(),
  ended: z
    .object({
      why: z.enum(['released', 'expired', 'fixed', 'broken']),
      at: instant,
      by: z.string(),
      reason: z.string(),
    })
    .nullable()
    .describe('how the last quarantine ended'),
  times: z.number().int().describe('how often it was quarantined'),
})
export type FlakySummary = z.infer<typeof flakySummary>

export const flakyDetail = flakySummary.extend({
  file: z.string().nullable(),
  firstSeen: z.object({ at: instant, sha: z.string() }).nullable(),
  p75Ms: z.number().nullable(),
  isBroken: z.boolean().describe('its newest commits only failed: it cannot be quarantined'),
  isNew: z.boolean().describe('it came with its newest commit: it cannot be quarantined'),
  recent: z
    .array(
      z.object({
        at: instant,
        run: z.string(),
        job: z.string(),
        attempt: z.number().int(),
        sha: z.string(),
        passes: z.number().int(),
        fails: z.number().int(),
        durationMs: z.number(),
      }),
    )
    .describe('newest first'),
})
export type FlakyDetail = z.infer<typeof flakyDetail>
