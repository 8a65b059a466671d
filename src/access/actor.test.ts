import assert from 'node:assert/strict'
import test from 'node:test'
import { given } from '../../test/support/given.ts'
import { actor, TOKEN_DAYS_MAX } from './actor.ts'
import { actorBody, actorName, type ActorCommand } from './commands.ts'
import type { ActorEvent } from './events.ts'

const DAY = 86_400_000
const asked = { at: 1000, by: 'root' }
const facts = { name: 'Ana', emails: ['ana@example.org'], teams: ['web'], roles: ['developer'] }
const known = { ...facts, roles: ['developer' as const] }
const register: ActorCommand = { type: 'actor.register', ...asked, kind: 'person', ...known }
const registered: ActorEvent = { type: 'actor.registered', ...asked, kind: 'person', ...known }
const hash = 'a'.repeat(64)
const issue = (token: string, expiresAt = 1000 + DAY): ActorCommand => ({
  type: 'actor.issueToken',
  ...asked,
  token,
  hash,
  expiresAt,
})
const issued = (token: string, expiresAt = 1000 + DAY): ActorEvent => ({
  type: 'actor.tokenIssued',
  ...asked,
  token,
  hash,
  expiresAt,
})

test('an actor is registered once; the same again changes nothing', () => {
  given(actor).when(register).then(registered)
  given(actor, registered).when(register).then()
})

test('an actor is changed as a whole, back too', () => {
  const roles = ['operator' as const]
  const changed: ActorEvent = { type: 'actor.changed', ...asked, ...known, roles }
  given(actor, registered)
    .when({ ...register, roles })
    .then(changed)
  const back: ActorEvent = { type: 'actor.changed', ...asked, ...known }
  given(actor, registered, changed).when(register).then(back)
})

test('a person does not become a machine', () => {
  const other: ActorCommand = { ...register, kind: 'agent' }
  given(actor, registered).when(other).thenRejected('actor.other-kind')
})

test('a token belongs to somebody, and ends within a year', () => {
  given(actor).when(issue('tok_1')).thenRejected('actor.unregistered')
  given(actor, registered).when(issue('tok_1')).then(issued('tok_1'))
  const last = 1000 + TOKEN_DAYS_MAX * DAY
  given(actor, registered).when(issue('tok_1', last)).then(issued('tok_1', last))
  given(actor, registered)
    .when(issue('tok_1', last + 1))
    .thenRejected('actor.token-too-long')
})

test('fifty tokens are enough; those that have ended or were revoked do not count', () => {
  const fifty = Array.from({ length: 50 }, (_, i) => issued(`tok_${i}`))
  given(actor, registered, ...fifty)
    .when(issue('tok_x'))
    .thenRejected('actor.too-many-tokens')
  const revoked: ActorEvent = { type: 'actor.tokenRevoked', ...asked, token: 'tok_3' }
  given(actor, registered, ...fifty, revoked)
    .when(issue('tok_x'))
    .then(issued('tok_x'))
  const ended = fifty.map((event) => ({ ...event, expiresAt: 1000 }))
  given(actor, registered, ...ended)
    .when(issue('tok_x'))
    .then(issued('tok_x'))
})

test('a token is revoked once, and a strange one not at all', () => {
  const revoke = (token: string): ActorCommand => ({ type: 'actor.revokeToken', ...asked, token })
  const revoked: ActorEvent = { type: 'actor.tokenRevoked', ...asked, token: 'tok_1' }
  given(actor, registered, issued('tok_1')).when(revoke('tok_1')).then(revoked)
  given(actor, registered, issued('tok_1'), revoked).when(revoke('tok_1')).then()
  given(actor, registered).when(revoke('toString')).then()
})

test('names and addresses are taken in the one form they are compared in', () => {
  const body = { kind: 'person', ...facts, emails: ['Ana@Example.ORG'] }
  assert.deepEqual(actorBody.parse(body).emails, ['ana@example.org'])
  assert.ok(!actorBody.safeParse({ ...body, kind: 'system' }).success)
  assert.ok(!actorBody.safeParse({ ...body, roles: [] }).success)
  for (const name of ['', 'Ana', 'a b', '-a', 'a/b', 'a'.repeat(61)])
    assert.ok(!actorName.safeParse(name).success, name)
  for (const name of ['a', 'ana.b_c-1', '0']) assert.ok(actorName.safeParse(name).success, name)
})
