import assert from 'node:assert/strict'
import { it } from 'node:test'
import { given } from '../../test/support/given.ts'
import type { Role } from '#kernel/actor.ts'
import type { GrantEvent } from './events.ts'
import { grantUse, roleUsed } from './grant-use.ts'

const DAY = 86_400_000
const note = (...uses: readonly (readonly [Role, number])[]) =>
  ({
    type: 'grant.noteUse',
    ...{ at: 0, by: 'system', uses: uses.map(([role, at]) => ({ role, at })) },
  }) as const
const used = (role: Role, at: number): GrantEvent => ({
  type: 'grant.used',
  at,
  by: 'system',
  role,
})

it('a use is told once a day and role, the last of what was noticed', () => {
  given(grantUse)
    .when(note(['viewer', 5], ['viewer', 9], ['admin', 7]))
    .then(used('viewer', 9), used('admin', 7))
  given(grantUse, used('viewer', 9))
    .when(note(['viewer', DAY - 1]))
    .then()
  given(grantUse, used('viewer', 9))
    .when(note(['viewer', DAY]))
    .then(used('viewer', DAY))
  given(grantUse, used('viewer', DAY))
    .when(note(['viewer', 5]))
    .then()
})
it('what is used is the least of what is held that is enough', () => {
  const of = (needed: Role, ...roles: Role[]) =>
    roleUsed({ id: 'ana', kind: 'person', roles }, needed)
  assert.equal(of('viewer', 'admin', 'viewer'), 'viewer')
  assert.equal(of('viewer', 'admin'), 'admin')
  assert.equal(of('developer', 'admin', 'operator', 'viewer'), 'operator')
  assert.equal(of('approver', 'operator'), undefined)
})
