/** What somebody's roles let them do; the server decides, this only explains. */
import type { Me } from '../api/types.ts'

export type Role = 'viewer' | 'developer' | 'operator' | 'approver' | 'admin'

/** What a role brings with it. */
const BRINGS: Readonly<Record<string, readonly Role[]>> = {
  viewer: ['viewer'],
  developer: ['developer', 'viewer'],
  approver: ['approver', 'viewer'],
  operator: ['operator', 'developer', 'viewer'],
  admin: ['admin', 'operator', 'developer', 'approver', 'viewer'],
}

/** Why they may not; empty when they may, or when we do not know who they are yet. */
export function whyNotRole(me: Me | undefined, role: Role): string {
  if (me === undefined || me.kind === 'system') return ''
  if (me.roles.some((held) => BRINGS[held]?.includes(role))) return ''
  return `This takes the role ${role}; you hold ${me.roles.join(', ') || 'none'}.`
}
