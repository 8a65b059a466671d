import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { given } from '../../../test/support/given.ts'
import type { RunnerEvent } from '../events/fleet.ts'
import { availability, closed, cut, type Span } from './availability.ts'
import { runner } from './runner.ts'

test('availability is good of known, and what nobody looked at is neither', () => {
  const spans: Span[] = [
    { is: 'good', from: 0, to: 60 },
    { is: 'unknown', from: 60, to: 80 },
    { is: 'bad', from: 80, to: 100 },
  ]
  const all = { goodMs: 60, knownMs: 80, unknownMs: 120, share: 0.75 }
  assert.deepEqual(availability(spans, 0, 200), all)
  assert.equal(availability(spans, 60, 80).share, null)
  assert.equal(availability([{ is: 'good', from: 50 }], 0, 100).share, 1)
})

test('whatever is cut out, a span stays one line of time without gaps', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), fc.nat(100), (start, from, long) => {
      const spans = closed(
        cut([{ is: 'good', from: start }], { is: 'unknown', from, to: from + long }),
        500,
      )
      assert.equal(spans[0]?.from, start)
      assert.equal(spans.at(-1)?.to, 500)
      for (const [i, span] of spans.entries()) if (i > 0) assert.equal(span.from, spans[i - 1]?.to)
    }),
  )
})

const who = { at: 9, by: 'r', runner: 'one' }
const connected: RunnerEvent = { type: 'runner.connected', ...who, labels: ['linux'] }

test('being there is told once, being lost once, and coming back again', () => {
  const see = { type: 'runner.see', ...who, labels: ['linux'] } as const
  const lose = { type: 'runner.lose', ...who, heardAt: 5 } as const
  const lost: RunnerEvent = { type: 'runner.lost', ...who, heardAt: 5 }
  given(runner).when(see).then(connected)
  given(runner, connected).when(see).then()
  given(runner, connected).when(lose).then(lost)
  given(runner, connected, lost).when(lose).then()
  given(runner, connected, lost).when(see).then(connected)
  given(runner, connected)
    .when({ type: 'runner.leave', ...who })
    .then({ type: 'runner.left', ...who })
  given(runner, connected, lost)
    .when({ type: 'runner.miss', ...who, from: 1, to: 2 })
    .then()
})
