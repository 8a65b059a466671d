import assert from 'node:assert/strict'
import test from 'node:test'
import { happeningOf, type Telling } from './happenings.ts'

const place = { service: 'shop', environment: 'prod' }
const say = (event: object) => {
  const happening = happeningOf({ at: 1, by: 'ana', ...event } as Telling)
  return happening && [happening.tone, happening.text, happening.service, happening.environment]
}

test('what matters is one line, with its place and its tone', () => {
  const shop = { service: 'shop', version: '1.2.0' }
  const cases: readonly (readonly [event: object, said: readonly (string | undefined)[]])[] = [
    [
      { type: 'service.registered', spec: { name: 'shop', tier: 1 } },
      ['plain', 'shop registered, tier 1', 'shop', undefined],
    ],
    [
      { type: 'run.finished', service: 'shop', sha: 'abcdef0123', outcome: 'failed' },
      ['bad', 'Run of shop at abcdef01 failed', 'shop', undefined],
    ],
    [{ type: 'release.created', ...shop }, ['good', 'shop 1.2.0 released', 'shop', undefined]],
    [
      { type: 'release.vetoed', ...shop, reason: 'leaks' },
      ['bad', 'shop 1.2.0 vetoed: leaks', 'shop', undefined],
    ],
    [
      { type: 'freeze.declared', freeze: 'xmas', reason: 'quiet' },
      ['plain', 'Freeze xmas: quiet', undefined, undefined],
    ],
    [
      { type: 'window.applied', window: 'office-hours' },
      ['plain', 'Window office-hours applied', undefined, undefined],
    ],
    [
      { type: 'window.withdrawn', window: 'office-hours', reason: 'not needed' },
      ['plain', 'Window office-hours withdrawn: not needed', undefined, undefined],
    ],
    [
      { type: 'incident.opened', ...place, title: 'down' },
      ['bad', 'Incident: down', 'shop', 'prod'],
    ],
    [
      {
        type: 'deployment.abortRequested',
        cause: 'person',
        reason: 'carts are empty',
        stands: { ...place, version: '1.2.0', weight: 10 },
      },
      ['bad', 'shop 1.2.0 aborted at 10 % by ana: carts are empty', 'shop', 'prod'],
    ],
    [
      { type: 'deployment.started', ...place, kind: 'rollback', version: '1.1.0' },
      ['plain', 'rollback to shop 1.1.0 started', 'shop', 'prod'],
    ],
    [
      { type: 'deployment.finished', ...place, version: '1.2.0', outcome: 'succeeded', reason: '' },
      ['good', 'shop 1.2.0 deployed', 'shop', 'prod'],
    ],
    [
      {
        type: 'deployment.finished',
        ...place,
        version: '1.2.0',
        outcome: 'rolledBack',
        reason: 'E',
      },
      ['bad', 'shop 1.2.0 rolled back: E', 'shop', 'prod'],
    ],
    [
      {
        type: 'deployment.noReturnPassed',
        ...place,
        version: '2.0.0',
        noReturn: { steps: [{ statement: 'drop table carts', reason: '' }], count: 1 },
        accepted: { by: 'ben', at: 0, reason: 'unused' },
      },
      [
        'bad',
        'shop passed a point of no return with 2.0.0 (drop table carts): accepted by ben',
        'shop',
        'prod',
      ],
    ],
    [
      { type: 'emergency.started', ...place, endsAt: 14_400_000 },
      ['bad', 'Emergency of shop until 04:00Z', 'shop', 'prod'],
    ],
    [
      { type: 'emergency.lateJudged', ...place, checks: [{ name: 'tests', state: 'failed' }] },
      ['bad', 'Late checks failed: tests', 'shop', 'prod'],
    ],
    [
      { type: 'review.done', ...place, reviewers: ['ben'] },
      ['good', 'Emergency reviewed by ben', 'shop', 'prod'],
    ],
    [
      { type: 'slot.held', ...place, reason: 'looking' },
      ['bad', 'shop held: looking', 'shop', 'prod'],
    ],
    [
      { type: 'promotion.ended', ...place, outcome: 'expired', reason: 'late' },
      ['plain', 'promotion expired: late', 'shop', 'prod'],
    ],
    [
      {
        ...{ type: 'deployment.paused', by: 'system', reason: 'unproven after 1h 30m' },
        stands: { ...place, version: '1.1.0', weight: 20 },
      },
      [
        'bad',
        'shop 1.1.0 stands still at 20 %, and asks a person: unproven after 1h 30m',
        'shop',
        'prod',
      ],
    ],
    [
      { type: 'record.unansweredReceived', ...place, policy: 'tier-2/production' },
      ['bad', 'shop went ahead without an answer (tier-2/production)', 'shop', 'prod'],
    ],
  ]
  for (const [event, said] of cases) assert.deepEqual(say(event), said)
})

test('what tells itself elsewhere, or is small, is no line', () => {
  for (const event of [
    { type: 'promotion.ended', ...place, outcome: 'succeeded', reason: '' },
    { type: 'run.jobLeased', job: 'a' },
    { type: 'commit.pushed', commits: [] },
    { type: 'deployment.measured', ...place },
  ])
    assert.equal(say(event), undefined, event.type)
})
