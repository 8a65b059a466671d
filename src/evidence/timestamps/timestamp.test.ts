import assert from 'node:assert/strict'
import { it } from 'node:test'
import { timestamp, type TimestampCommand, timestampId } from './timestamp.ts'

const RECEIVE: TimestampCommand = {
  type: 'timestamp.receive',
  at: 2,
  by: 'system',
  authority: 'tsa',
  epoch: 1,
  size: 256,
  checkpoint: 'log.example\n256\n…\n',
  reply: 'MAA=',
  seenAt: 1,
}

it('of two answers about one checkpoint the first is kept', () => {
  const first = timestamp.decide(RECEIVE, timestamp.initial)
  assert.deepEqual(first, [{ ...RECEIVE, type: 'timestamp.received' }])
  const known = timestamp.evolve(timestamp.initial, { ...RECEIVE, type: 'timestamp.received' })
  assert.deepEqual(timestamp.decide({ ...RECEIVE, reply: 'MAE=' }, known), [])
})

it('another size, epoch or authority is another timestamp', () => {
  const ids = [RECEIVE, { ...RECEIVE, size: 257 }, { ...RECEIVE, epoch: 2 }].map(timestampId)
  assert.equal(new Set([...ids, timestampId({ ...RECEIVE, authority: 'b' })]).size, 4)
})
