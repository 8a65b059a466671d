import assert from 'node:assert/strict'
import { it } from 'node:test'
import { understood } from './sink.ts'

const CASES: readonly (readonly [status: number, kind: string])[] = [
  [200, 'taken'],
  [202, 'taken'],
  [204, 'taken'],
  [301, 'away'],
  [400, 'refused'],
  [401, 'away'],
  [403, 'away'],
  [404, 'refused'],
  [408, 'failed'],
  [413, 'refused'],
  [422, 'refused'],
  [425, 'failed'],
  [429, 'away'],
  [500, 'failed'],
  [503, 'away'],
]
for (const [status, kind] of CASES)
  it(`an answer of ${status} is ${kind}`, () => assert.equal(understood(status, null).kind, kind))

it('whoever asks for patience is given it', () => {
  assert.deepEqual(understood(429, '7'), {
    kind: 'away',
    reason: 'It answers with 429.',
    waitMs: 7_000,
  })
  for (const said of ['-1', 'soon', '']) {
    const sent = understood(503, said)
    assert.ok(sent.kind === 'away' && (sent.waitMs ?? 0) === 0)
  }
})
