import assert from 'node:assert/strict'
import { test } from 'node:test'
import { given } from '../../test/support/given.ts'
import { audit, without } from './audit.ts'
import type { AuditEvent } from './events.ts'

const at = { at: 1, by: 'system' } as const
const start = { ...at, server: 'a', epoch: 1, size: 0 } as const
const halt = { ...at, epoch: 1, size: 5, published: 9, reason: 'restored' } as const
const epoch = { ...at, previous: null, lost: [5, 9], reason: 'lost' } as const

test('a server that comes with other keys says which', () => {
  const before: AuditEvent = { type: 'audit.started', ...start, keys: ['a'] }
  const now: AuditEvent = { type: 'audit.started', ...start, keys: ['b'] }
  given(audit)
    .when({ type: 'audit.start', ...start, keys: ['a'] })
    .then(before)
  given(audit, before)
    .when({ type: 'audit.start', ...start, keys: ['a'] })
    .then(before)
  given(audit, before)
    .when({ type: 'audit.start', ...start, keys: ['b'] })
    .then({ type: 'audit.keysChanged', ...at, before: ['a'], now: ['b'] }, now)
})

test('lag and its end are told once each', () => {
  const lagging: AuditEvent = { type: 'audit.lagging', ...at, lagMs: 6_000, reason: 'x' }
  given(audit)
    .when({ type: 'audit.lag', ...at, lagMs: 6_000, reason: 'x' })
    .then(lagging)
  given(audit, lagging)
    .when({ type: 'audit.lag', ...at, lagMs: 7_000, reason: 'x' })
    .then()
  given(audit, lagging)
    .when({ type: 'audit.catchUp', ...at })
    .then({ type: 'audit.caughtUp', ...at })
  given(audit)
    .when({ type: 'audit.catchUp', ...at })
    .then()
})

test('an epoch begins after a halt and at no other time', () => {
  const halted: AuditEvent = { type: 'audit.halted', ...halt }
  const begun: AuditEvent = { type: 'audit.epochBegun', ...epoch, epoch: 2 }
  given(audit)
    .when({ type: 'audit.beginEpoch', ...epoch })
    .thenRejected('audit.not-halted')
  given(audit, halted)
    .when({ type: 'audit.halt', ...halt })
    .then()
  given(audit, halted)
    .when({ type: 'audit.beginEpoch', ...epoch })
    .then(begun)
  given(audit, halted, begun)
    .when({ type: 'audit.beginEpoch', ...epoch })
    .thenRejected('audit.not-halted')
})

test('words can be forgotten, and nothing by which events are counted', () => {
  const order = { ...at, stream: 's', version: 1, reason: 'asked' } as const
  const data = { service: 'a', reason: 'words', plan: { note: 'more', steps: 3 } }
  const erase = (fields: string[]) =>
    given(audit).when({ type: 'audit.orderErasure', ...order, fields, data })
  erase(['reason', 'plan.note']).then({
    type: 'audit.erasureOrdered',
    ...order,
    fields: ['reason', 'plan.note'],
  })
  erase(['service']).thenRejected('audit.needed-field')
  erase(['plan.steps']).thenRejected('audit.no-such-field')
  erase(['constructor']).thenRejected('audit.no-such-field')
  const gone = without(data, ['reason', 'plan.note'])
  assert.deepEqual(gone, { ...data, reason: '[erased]', plan: { note: '[erased]', steps: 3 } })
  given(audit)
    .when({ type: 'audit.orderErasure', ...order, fields: ['reason'], data: gone })
    .thenRejected('audit.nothing-to-erase')
  given(audit)
    .when({ type: 'audit.orderErasure', ...order, fields: ['reason'], data, heldBy: 'a hold' })
    .thenRejected('audit.held')
})
