/** What may be asked of a test case in doubt, and what people may say about one. */
import { z } from 'zod'
import { parseDuration } from '#kernel/duration.ts'
import type { CaseUnit } from '../events/tests.ts'

interface Asked {
  readonly at: number
  readonly by: string
  readonly service: string
  readonly case: string
}

export type CaseCommand =
  | (Asked & {
      readonly type: 'case.observe'
      readonly run: string
      readonly job: string
      readonly attempt: number
      readonly unit: CaseUnit
      readonly message?: string | undefined
      /** It has failed, and only failed, for several commits. */
      readonly isBroken: boolean
    })
  | (Asked & { readonly type: 'case.judge' })
  | (Asked & {
      readonly type: 'case.quarantine'
      readonly owner: string
      readonly issue: string
      readonly reason: string
      readonly expiresAt: number
      /** What the shell has seen. */
      readonly isPerson: boolean
      readonly isNew: boolean
      readonly isBroken: boolean
    })
  | (Asked & { readonly type: 'case.release'; readonly reason: string })
  | (Asked & { readonly type: 'case.expire' })

const YEAR_MS = 366 * 24 * 60 * 60 * 1000

/** A link, or the key of a ticket: `SHOP-123`, `#42`, `org/repo#42`. */
const issue = z
  .string()
  .max(500)
  .regex(
    /^(?:https?:\/\/\S+|[A-Z][A-Z0-9]*-\d+|(?:[\w.-]+\/[\w.-]+)?#\d+)$/,
    'a link, or the key of a ticket such as SHOP-123',
  )

export const quarantineBody = z.strictObject({
  owner: z.string().max(100).describe('the person or team that mends it'),
  issue: issue.describe('where that is followed'),
  reason: z.string().max(2000),
  expiresIn: z
    .string()
    .transform((text, context) => {
      const ms = parseDuration(text)
      if (ms !== undefined && ms <= YEAR_MS) return ms
      context.addIssue('a duration such as 7d; 14d is the longest that is granted')
      return z.NEVER
    })
    .prefault('7d'),
})
export const releaseBody = z.strictObject({ reason: z.string().min(1).max(2000) })
