import assert from 'node:assert/strict'
import { it } from 'node:test'
import { delivery, type ReceiveDelivery } from './delivery.ts'

const RECEIVE: ReceiveDelivery = {
  type: 'hook.receive',
  at: 1,
  by: 'system',
  connection: 'github',
  delivery: 'd1',
  event: 'push',
  digest: 'sha256:00',
  sizeBytes: 2,
  observations: 1,
  notes: [],
}

it('a delivery that comes again changes nothing', () => {
  const first = delivery.decide(RECEIVE, delivery.initial)
  assert.deepEqual(first, [{ ...RECEIVE, type: 'hook.received' }])
  const known = delivery.evolve(delivery.initial, { ...RECEIVE, type: 'hook.received' })
  assert.deepEqual(delivery.decide({ ...RECEIVE, at: 2 }, known), [])
})
