/** Emergencies as they are answered. */
import { z } from 'zod'

const instant = z.number().int().describe('milliseconds since 1970')
const lateCheck = z.object({
  name: z.string(),
  state: z.enum(['passed', 'failed', 'pending', 'waived', 'not-applicable']),
  message: z.string(),
  remedy: z.string(),
})
export const emergencyAnswer = z.object({
  id: z.string(),
  service: z.string(),
  environment: z.string(),
  incident: z.string().nullable(),
  reason: z.string(),
  status: z.enum(['requested', 'standing', 'ended']),
  requestedBy: z.string(),
  requestedAt: instant,
  alone: z.boolean(),
  drill: z.boolean(),
  approvals: z.array(z.string()),
  approvalsMissing: z.int(),
  overdue: z.array(z.string()).describe('emergencies whose review was overdue when it was asked'),
  startedAt: instant.nullable(),
  endsAt: instant.nullable().describe('of its rights'),
  review: z
    .object({
      dueAt: instant,
      reviewers: z.int(),
      state: z.enum(['open', 'overdue', 'done']),
    })
    .nullable()
    .describe('null: none is owed yet, or at all'),
  uses: z.array(
    z.object({
      promotion: z.string(),
      version: z.string(),
      late: z.array(z.string()),
      judged: z.array(lateCheck).describe('empty: not judged yet'),
    }),
  ),
  lateFailed: z.array(lateCheck),
})
