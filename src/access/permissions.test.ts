import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { type Actor, type Role, SYSTEM } from '#kernel/actor.ts'
import { law } from '../../test/support/law.ts'
import { authorize, hasRole, roleFor } from './permissions.ts'

/** What each command takes. A command that is missing here fails the second test. */
const TAKES: Readonly<Record<Role, readonly string[]>> = {
  viewer: ['actor.subscribe', 'actor.unsubscribe'],
  runner: ['run.leaseJob', 'run.finishJob', 'run.reportJob'],
  developer: [
    'service.apply',
    'repository.notePush',
    'run.queue',
    'run.refuse',
    'run.cancel',
    'release.note',
    'waiver.request',
    'promotion.plan',
    'promotion.cancel',
    'incident.open',
    'incident.linkCause',
    'incident.mitigate',
    'incident.resolve',
    'incident.page',
    'incident.acknowledge',
  ],
  approver: [
    'promotion.acceptNoReturn',
    'promotion.approve',
    'promotion.reject',
    'waiver.approve',
    'waiver.revoke',
    'review.sign',
  ],
  operator: [
    'run.resolveJob',
    'release.create',
    'release.veto',
    'release.unveto',
    'freeze.declare',
    'freeze.lift',
    'deployment.start',
    'deployment.ready',
    'deployment.beginBatch',
    'deployment.preview',
    'deployment.setWeight',
    'deployment.brake',
    'deployment.releaseBrake',
    'deployment.measure',
    'deployment.pause',
    'deployment.resume',
    'deployment.advance',
    'deployment.abort',
    'deployment.undoBatch',
    'deployment.restore',
    'deployment.smoke',
    'deployment.finish',
    'deployment.cancel',
    'deployment.callOverdue',
    'promotion.overrideWindow',
    'commit.veto',
    'commit.unveto',
    'slot.hold',
    'slot.holdForRollback',
    'slot.resume',
  ],
  admin: [
    'run.admit',
    'run.expire',
    'turn.ask',
    'turn.give',
    'commit.compare',
    'actor.register',
    'actor.issueToken',
    'actor.revokeToken',
    'actor.revokeRole',
    'grant.noteUse',
    'environment.apply',
    'policy.apply',
    'policy.withdraw',
    'window.apply',
    'window.withdraw',
    'repository.recordPush',
    'repository.recordFailure',
    'run.loseJob',
    'artifact.publish',
    'artifact.attest',
    'artifact.recordFailure',
    'artifact.prune',
    'artifact.spare',
    'artifact.remove',
    'artifact.report',
    'candidate.passOver',
    'review.open',
    'promotion.replan',
    'promotion.supersede',
    'promotion.stop',
    'promotion.expire',
    'promotion.judge',
    'promotion.start',
    'promotion.end',
    'slot.open',
    'slot.acquire',
    'slot.conclude',
    'slot.noteDelivery',
  ],
}

const actor = (...roles: Role[]): Actor => ({ id: 'ana', kind: 'person', roles })
const listed = Object.values(TAKES).flat().toSorted()

test('every command takes the role it is meant to take', () => {
  for (const [role, commands] of Object.entries(TAKES))
    for (const type of commands) assert.equal(roleFor(type), role, type)
})

test('every command of every room is in the table above', () => {
  const types = globSync('src/*/commands.ts').flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /readonly type:|z\.literal\(/.test(line))
      .flatMap((line) => line.match(/(?<=')[a-z]+\.[a-zA-Z]+(?=')/g) ?? []),
  )
  assert.deepEqual([...new Set(types)].toSorted(), listed)
})

test('a runner may do its jobs and nothing else', () => {
  for (const type of listed) {
    const refusal = authorize(actor('runner'), { type })
    assert.equal(refusal === undefined, TAKES.runner.includes(type), type)
  }
})

test('an admin may do everything but what a runner does; a viewer reads', () => {
  for (const type of listed) {
    const refusal = authorize(actor('admin'), { type })
    assert.equal(refusal?.code, TAKES.runner.includes(type) ? 'access.denied' : undefined, type)
    const isReading = TAKES.viewer.includes(type)
    const denied = authorize(actor('viewer'), { type })?.code
    assert.equal(denied, isReading ? undefined : 'access.denied', type)
  }
})

test('an operator is a developer, and neither approves', () => {
  assert.ok(hasRole(actor('operator'), 'developer'))
  assert.ok(!hasRole(actor('operator'), 'approver'))
  assert.ok(!hasRole(actor('developer'), 'operator'))
  assert.ok(!hasRole(actor('approver'), 'developer'))
  assert.ok(hasRole(actor('viewer', 'approver'), 'approver'))
  assert.ok(!hasRole(actor(), 'viewer'))
})

test('the platform itself may do everything', () => {
  for (const type of listed) assert.equal(authorize(SYSTEM, { type }), undefined, type)
})

test('a command that nobody listed takes an admin; a refusal names the missing role', () => {
  assert.equal(roleFor('thing.unheardOf'), 'admin')
  assert.equal(roleFor(''), 'admin')
  const refusal = authorize(actor('viewer'), { type: 'run.cancel' })
  assert.match(refusal?.message ?? '', /ana may not do run\.cancel: that takes the role developer/)
  assert.match(refusal?.remedy ?? '', /role developer/)
})

const ROLES: Role[] = ['viewer', 'developer', 'approver', 'operator', 'runner']
/** What says how automation moves things, rather than moving one of them. */
const CONFIGURATION = ['policy.', 'environment.', 'window.', 'actor.register', 'actor.issueToken']
const setting = fc.constantFrom(
  ...listed.filter((type) => CONFIGURATION.some((prefix) => type.startsWith(prefix))),
)
law(
  'S23',
  'nobody but an admin changes what governs automation, whatever other roles they collect',
  fc.property(fc.subarray(ROLES), setting, (roles, type) => {
    assert.equal(authorize(actor(...roles), { type })?.code, 'access.denied')
    assert.equal(authorize(actor(...roles, 'admin'), { type }), undefined)
  }),
)
law(
  'S23',
  'a command that nobody listed takes an admin',
  fc.property(fc.subarray(ROLES), fc.stringMatching(/^[a-z]{3,9}$/), (roles, name) => {
    const type = `unheard-of-${name}.do`
    assert.equal(authorize(actor(...roles), { type })?.code, 'access.denied')
  }),
)
law(
  'S23',
  'more roles never take a right away',
  fc.property(
    fc.subarray(ROLES),
    fc.constantFrom(...ROLES),
    fc.constantFrom(...listed),
    (roles, more, type) => {
      const before = authorize(actor(...roles), { type })
      const after = authorize(actor(...roles, more), { type })
      if (before === undefined) assert.equal(after, undefined)
    },
  ),
)
