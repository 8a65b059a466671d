import { z } from 'zod'

/** Every wish says when and by whom; a decider has no clock and no session of its own. */
const asked = { at: z.int(), by: z.string().min(1) }
const role = z.enum(['viewer', 'developer', 'operator', 'approver', 'admin', 'runner'])
const facts = {
  name: z.string().min(1).max(100),
  emails: z.array(z.email().max(200).toLowerCase()).max(20).default([]),
  teams: z.array(z.string().min(1).max(60)).max(50).default([]),
  roles: z.array(role).min(1).max(6),
}

export const actorName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,59}$/, 'lower-case letters, digits, dots, dashes; 60 at most')

export const registerActor = z.object({
  type: z.literal('actor.register'),
  ...asked,
  kind: z.enum(['person', 'service-account', 'agent']),
  ...facts,
})
export const issueToken = z.object({
  type: z.literal('actor.issueToken'),
  ...asked,
  token: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  expiresAt: z.int(),
  use: z.literal('report').optional(),
  service: z.string().min(1).max(100).optional(),
})
export const revokeToken = z.object({
  type: z.literal('actor.revokeToken'),
  ...asked,
  token: z.string(),
})

export const subscribe = issueToken.extend({ type: z.literal('actor.subscribe') })
export const unsubscribe = revokeToken.extend({ type: z.literal('actor.unsubscribe') })

/** Of one role, by a review; what else the actor is stays as it is. */
export const revokeRole = z.object({
  type: z.literal('actor.revokeRole'),
  ...asked,
  role,
  reason: z.string().min(1).max(500),
  /** People who are admins beside this actor, asked for in the same transaction. */
  otherAdmins: z.int().min(0),
})

export const actorCommand = z.discriminatedUnion('type', [
  registerActor,
  issueToken,
  revokeToken,
  subscribe,
  unsubscribe,
  revokeRole,
])
export type ActorCommand = z.infer<typeof actorCommand>
/** What a server noticed since it last said so: only the platform tells. */
export interface GrantCommand {
  readonly type: 'grant.noteUse'
  readonly at: number
  readonly by: string
  readonly uses: readonly { readonly role: z.infer<typeof role>; readonly at: number }[]
}
/** The body of `PUT /actors/{id}`. */
export const actorBody = z.strictObject({ kind: registerActor.shape.kind, ...facts })
