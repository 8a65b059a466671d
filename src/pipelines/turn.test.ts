import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { given } from '../../test/support/given.ts'
import type { TurnCommand } from './commands.ts'
import type { TurnEvent } from './events.ts'
import { turn } from './turn.ts'

const who = { at: 9, by: 'system' }
const ask = (run: string, queuedAt: number, cancelInProgress = false): TurnCommand => ({
  type: 'turn.ask',
  ...who,
  run,
  queuedAt,
  cancelInProgress,
})
const give = (run: string): TurnCommand => ({ type: 'turn.give', ...who, run })
const taken = (run: string, queuedAt: number): TurnEvent => ({
  type: 'turn.taken',
  ...who,
  run,
  queuedAt,
})
const awaited = (run: string, queuedAt: number, cancelInProgress = false): TurnEvent => ({
  type: 'turn.awaited',
  ...who,
  run,
  queuedAt,
  cancelInProgress,
})
const passedOver = (run: string): TurnEvent => ({ type: 'turn.passedOver', ...who, run })
const given_ = (run: string): TurnEvent => ({ type: 'turn.given', ...who, run })

test('the first run has the turn, and asking twice changes nothing', () => {
  given(turn).when(ask('a', 1)).then(taken('a', 1))
  given(turn, taken('a', 1)).when(ask('a', 1)).then()
})

test('of those that wait the newest is kept, whoever is heard last', () => {
  const history = [taken('a', 1), awaited('b', 2)] as const
  given(turn, ...history)
    .when(ask('c', 3, true))
    .then(passedOver('b'), awaited('c', 3, true))
  given(turn, taken('a', 1), awaited('c', 3)).when(ask('b', 2)).then(passedOver('b'))
  given(turn, taken('c', 3)).when(ask('b', 2)).then(passedOver('b'))
})

test('the turn goes to who waits, and back when nobody does', () => {
  given(turn, taken('a', 1), awaited('b', 2)).when(give('a')).then(given_('a'), taken('b', 2))
  given(turn, taken('a', 1)).when(give('a')).then(given_('a'))
  given(turn, taken('a', 1), awaited('b', 2)).when(give('b')).then(given_('b'))
  given(turn, taken('a', 1)).when(give('b')).then()
})

test('one run at a time has the turn, and it never goes to an older one', () => {
  const move = fc.record({ run: fc.nat(9), gives: fc.boolean() })
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      let state = turn.initial
      let held: string | undefined
      let last = -1
      for (const { run, gives } of moves) {
        const name = `r${run}`
        const answer = turn.decide(gives ? give(name) : ask(name, run), state)
        if (isRejection(answer)) assert.fail(answer.code)
        for (const event of answer) {
          if (event.type === 'turn.given' && event.run === held) held = undefined
          if (event.type === 'turn.taken') {
            assert.equal(held, undefined, 'two have the turn')
            // A group that emptied knows nothing of the past: there the order begins anew.
            if (answer.length > 1) assert.ok(event.queuedAt > last)
            held = event.run
            last = event.queuedAt
          }
          state = turn.evolve(state, event)
        }
        assert.equal(state.holder?.run, held)
        if (state.waiting !== undefined)
          assert.ok(state.holder !== undefined && state.waiting.queuedAt > state.holder.queuedAt)
      }
    }),
  )
})
