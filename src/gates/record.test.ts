import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { law } from '../../test/support/law.ts'
import type { RecordEvent } from './events/records.ts'
import {
  CLOCK_SKEW_MS,
  type ReceiveRecord,
  record,
  RECORD_AGE_MS_MAX,
  type RecordState,
} from './record.ts'

const NOW = 1_000 * 86_400_000
const key = `sha256:${'a'.repeat(64)}`
const what = {
  kind: 'check',
  service: 'shop',
  commit: 'c'.repeat(40),
  check: 'secret-scan',
  outcome: 'succeeded',
  job: 'trivy',
} as const
const signed = { format: 1, recorder: key, number: 2, previous: 'sha256:1', recordedAt: NOW, what }
const good: ReceiveRecord = {
  type: 'record.check',
  at: NOW,
  by: 'ci',
  kind: 'service-account',
  digest: 'sha256:2',
  record: { ...signed, format: 1 },
  signer: { actor: 'ci', registeredAt: 0, retiredAt: null },
  neighbours: { before: 'sha256:1', after: null },
}
const none: RecordState = { status: 'none' }

const codeOf = (change: Partial<ReceiveRecord>, state = none) => {
  const answer = record.decide({ ...good, ...change }, state)
  return isRejection(answer) ? answer.code : answer.map(({ type }) => type)
}
const saying = (change: object) => ({ record: { ...good.record, ...change } })

describe('a record from elsewhere', () => {
  it('is believed, with when it was made and when it came', () => {
    const [event] = record.decide({ ...good, at: NOW + 5 }, none) as RecordEvent[]
    assert.deepEqual(event, {
      type: 'record.checkReceived',
      at: NOW + 5,
      by: 'ci',
      recorder: key,
      number: 2,
      digest: 'sha256:2',
      previous: 'sha256:1',
      recordedAt: NOW,
      service: 'shop',
      commit: what.commit,
      check: 'secret-scan',
      outcome: 'succeeded',
      job: 'trivy',
    })
  })

  const refusals: readonly [string, string, Partial<ReceiveRecord>][] = [
    ['a key that nobody knows', 'record.unknown-key', { signer: undefined }],
    ['a signature that does not hold', 'record.not-signed', { distrusted: 'changed' }],
    ['somebody else’s key', 'record.other-actor', { by: 'eve' }],
    [
      'a key that was retired',
      'record.retired-key',
      { signer: { actor: 'ci', registeredAt: 0, retiredAt: NOW } },
    ],
    ['another past', 'record.chain-broken', { neighbours: { before: 'sha256:x', after: null } }],
    ['another future', 'record.chain-broken', { neighbours: { before: null, after: 'sha256:x' } }],
    ['no past, though it is not the first', 'record.chain-broken', saying({ previous: null })],
    ['a past, though it is the first', 'record.chain-broken', saying({ number: 1 })],
    ['its age', 'record.too-old', saying({ recordedAt: NOW - RECORD_AGE_MS_MAX - 1 })],
    ['its future', 'record.from-the-future', saying({ recordedAt: NOW + CLOCK_SKEW_MS + 1 })],
    [
      'being older than its key',
      'record.before-its-key',
      { signer: { actor: 'ci', registeredAt: NOW + CLOCK_SKEW_MS + 1, retiredAt: null } },
    ],
    ['a person', 'record.by-a-person', { kind: 'person' }],
    ['an agent', 'record.by-a-person', { kind: 'agent' }],
    [
      'a claim that nobody’s word proves',
      'record.proven-otherwise',
      saying({ what: { ...what, check: 'signature' } }),
    ],
  ]
  for (const [why, code, change] of refusals)
    it(`is refused for ${why}`, () => assert.equal(codeOf(change), code))

  it('is believed at the very bounds, and with a gap before it', () => {
    const believed = ['record.checkReceived']
    assert.deepEqual(codeOf(saying({ recordedAt: NOW - RECORD_AGE_MS_MAX })), believed)
    assert.deepEqual(codeOf(saying({ recordedAt: NOW + CLOCK_SKEW_MS })), believed)
    assert.deepEqual(codeOf({ neighbours: { before: null, after: 'sha256:2' } }), believed)
  })

  law(
    'S20',
    'a record is received once, and its place in the chain is taken for good',
    fc.property(
      fc.array(
        fc.record({ digest: fc.constantFrom('a', 'b', 'c'), by: fc.constantFrom('ci', 'x') }),
        {
          maxLength: 12,
        },
      ),
      (tries) => {
        let state: RecordState = none
        const received: string[] = []
        for (const { digest, by } of tries) {
          const answer = record.decide({ ...good, digest, by }, state)
          if (isRejection(answer)) continue
          for (const event of answer) {
            if (event.type === 'record.checkReceived') received.push(event.digest)
            state = record.evolve(state, event)
          }
        }
        assert.ok(received.length <= 1)
        const wanted = tries.find(({ by }) => by === 'ci')
        assert.equal(received[0], wanted?.digest)
      },
    ),
  )
})

describe('what went ahead without an answer', () => {
  const unanswered = {
    kind: 'unanswered',
    service: 'shop',
    environment: 'prod',
    policy: 'built-in tier-2/production',
    answeredAt: NOW - 1,
  } as const
  const command = { ...good, ...saying({ what: unanswered }), type: 'record.unanswered' } as const
  const events = record.decide(command, none) as RecordEvent[]
  const state = events.reduce(record.evolve, none)
  const review = {
    type: 'record.review',
    at: NOW,
    by: 'ana',
    note: 'fine',
    otherAccounts: [],
  } as const

  it('is told by people and agents too', () => {
    for (const kind of ['person', 'agent', 'service-account'] as const)
      assert.ok(!isRejection(record.decide({ ...command, kind }, none)))
  })

  it('is reviewed once, by somebody else', () => {
    const done = record.decide(review, state) as RecordEvent[]
    assert.deepEqual(
      done.map(({ type }) => type),
      ['record.reviewed'],
    )
    assert.deepEqual(record.decide(review, done.reduce(record.evolve, state)), [])
  })

  it('is not reviewed by whoever went ahead, under any account', () => {
    for (const change of [{ by: 'ci' }, { otherAccounts: ['ci'] }]) {
      const answer = record.decide({ ...review, ...change }, state)
      assert.ok(isRejection(answer) && answer.code === 'record.own-review')
    }
  })

  it('is all there is to review', () => {
    const answer = record.decide(review, none)
    assert.ok(isRejection(answer) && answer.code === 'record.nothing-to-review')
  })
})
