/**
 * That somebody used a role, told once a day: what an access review asks for is whether a grant is
 * needed, and an event a request would be the largest part of all that is kept.
 */
import type { Actor, Role } from '#kernel/actor.ts'
import type { Decider } from '#kernel/decider.ts'
import type { GrantCommand } from './commands.ts'
import type { GrantEvent } from './events.ts'
import { hasRole } from './permissions.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** By role, the last day on which it was used. */
export type GrantUse = Readonly<Partial<Record<Role, number>>>

export const grantUse: Decider<GrantUse, GrantCommand, GrantEvent> = {
  initial: {},
  decide({ by, uses }, state) {
    const latest = new Map<Role, number>()
    for (const { role, at } of uses) latest.set(role, Math.max(latest.get(role) ?? 0, at))
    return [...latest]
      .filter(([role, at]) => dayOf(at) > (state[role] ?? -1))
      .map(([role, at]) => ({ type: 'grant.used', at, by, role }))
  },
  evolve: (state, { role, at }) => ({ ...state, [role]: dayOf(at) }),
}

export const grants = { kind: 'grant', decider: grantUse } as const

const dayOf = (at: number) => Math.floor(at / DAY_MS)

/** From what brings least to what brings most. */
const LADDER: readonly Role[] = ['viewer', 'runner', 'developer', 'approver', 'operator', 'admin']

/** Which of their roles it was that let them: the least that is enough. Undefined: none does. */
export function roleUsed(actor: Actor, needed: Role): Role | undefined {
  const held = LADDER.filter((role) => actor.roles.includes(role))
  return held.find((role) => hasRole({ ...actor, roles: [role] }, needed))
}
