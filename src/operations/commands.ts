/** What may be asked about incidents. */
import { z } from 'zod'

interface Asked {
  readonly at: number
  readonly by: string
}

const severity = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])

/** The body of `POST /incidents`. */
export const openBody = z.strictObject({
  service: z.string().max(60),
  environment: z.string().max(60),
  severity: severity.default(3),
  title: z.string().min(5).max(200),
  /** Milliseconds since 1970; left out: now. */
  impactStartedAt: z.int().optional(),
  deployment: z.string().max(60).optional(),
})
export const linkBody = z.strictObject({ deployment: z.string().max(60) })
export const mitigateBody = z.strictObject({ how: z.string().min(3).max(2000) })
/** Yes, somebody looks after it. */
export const acknowledgeBody = z.strictObject({ note: z.string().max(2000).default('') }).nullish()
export const pageBody = z.strictObject({ reason: z.string().trim().min(3).max(2000) })
export const resolveBody = z.strictObject({ note: z.string().max(5000).default('') })

export type IncidentCommand =
  | (Asked & {
      readonly type: 'incident.open'
      readonly incident: string
      readonly service: string
      readonly environment: string
      readonly severity: 1 | 2 | 3 | 4
      readonly title: string
      readonly advice?: string | undefined
      /** Left out: when it is opened. */
      readonly impactStartedAt?: number | undefined
      readonly deployment?: string | undefined
    })
  | (Asked & {
      readonly type: 'incident.linkCause'
      readonly deployment: string
      readonly confirmed: boolean
    })
  | (Asked & { readonly type: 'incident.page'; readonly reason: string })
  | (Asked & { readonly type: 'incident.acknowledge'; readonly note: string })
  | (Asked & { readonly type: 'incident.mitigate'; readonly how: string })
  | (Asked & { readonly type: 'incident.resolve'; readonly note: string })

/** The body of `POST /reviews/…/sign`: what was learned. */
export const signBody = z.strictObject({ note: z.string().trim().min(10).max(5000) })

export type ReviewCommand =
  | (Asked & {
      readonly type: 'review.open'
      readonly emergency: string
      readonly service: string
      readonly environment: string
      readonly incident?: string | undefined
      readonly requestedBy: string
      readonly dueAt: number
      readonly reviewers: number
    })
  | (Asked & {
      readonly type: 'review.sign'
      /** The emergency has ended, and what was late is judged. */
      readonly isOver: boolean
      readonly note: string
      readonly kind: 'person' | 'service-account' | 'agent' | 'system'
      /** Of the same person. */
      readonly otherAccounts?: readonly string[] | undefined
    })
