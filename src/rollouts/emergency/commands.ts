/** What may be asked of emergencies: by people, and by our reconcilers. */
import { z } from 'zod'
import type { EmergencyTerms } from '#gates/events.ts'
import { parseDuration } from '#kernel/duration.ts'
import { reason } from '../commands.ts'
import type { LateCheck } from '../events/emergency.ts'

const name = z.string().min(1).max(100)

/** The body of `POST /emergencies`. */
export const emergencyBody = z.strictObject({
  service: name,
  environment: name,
  incident: z.string().max(60).optional(),
  reason,
  lasts: z
    .string()
    .max(40)
    .transform((text, context) => {
      const ms = parseDuration(text)
      if (ms !== undefined && ms > 0) return ms
      context.addIssue({ code: 'custom', message: 'a duration such as 45m or 4h' })
      return z.NEVER
    })
    .optional()
    .describe('such as 45m; left out: as long as its row allows'),
  alone: z
    .boolean()
    .default(false)
    .describe('nobody else is there: start now, and two others review it later'),
  drill: z.boolean().default(false).describe('rehearsed, out of production, by the same rules'),
})
export const endBody = z.strictObject({ reason })

/** Whether a person may answer for an emergency, as it is in this transaction. */
export interface Standing {
  readonly kind: 'person' | 'service-account' | 'agent' | 'system'
  readonly teams: readonly string[]
  /** Holds the role itself: an admin who does not is not on call. */
  readonly isApprover: boolean
  /** Of the same person. */
  readonly otherAccounts?: readonly string[] | undefined
}

interface Asked {
  readonly at: number
  readonly by: string
}

export type EmergencyCommand =
  | (Asked & {
      readonly type: 'emergency.request'
      readonly emergency: string
      readonly service: string
      readonly environment: string
      readonly incident?: string | undefined
      readonly reason: string
      readonly ownerTeam: string
      readonly policy: string
      readonly terms: EmergencyTerms
      readonly lastsMs?: number | undefined
      readonly isAlone: boolean
      readonly isDrill?: boolean | undefined
      readonly isProduction?: boolean | undefined
      readonly overdue: readonly string[]
      /** Another of the same slot that has not ended. */
      readonly open?: string | undefined
      readonly standing: Standing
    })
  | (Asked & { readonly type: 'emergency.approve'; readonly standing: Standing })
  | (Asked & { readonly type: 'emergency.end'; readonly reason: string })
  /** Ends what is over by time, or what nobody approved in time. */
  | (Asked & { readonly type: 'emergency.lapse' })
  | (Asked & {
      readonly type: 'emergency.use'
      readonly promotion: string
      readonly release: string
      readonly version: string
      readonly late: readonly string[]
    })
  | (Asked & {
      readonly type: 'emergency.judgeLate'
      readonly promotion: string
      readonly checks: readonly LateCheck[]
    })
