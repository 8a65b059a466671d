import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DeploymentEvent, SlotEvent } from '#rollouts/events.ts'
import { callsPeople, harmOf, severityOf, titleOf } from './harm.ts'

const place = { service: 'shop', environment: 'prod' } as const
const us = { at: 8, by: 'system' } as const
const finished = (more: object): DeploymentEvent =>
  ({
    type: 'deployment.finished',
    ...us,
    ...place,
    deployment: 'dep_1',
    environmentKind: 'production',
    tier: 1,
    kind: 'forward',
    version: '2.0.0',
    exposedAt: 2,
    reason: 'errors',
    ...more,
  }) as DeploymentEvent
const held: SlotEvent = { type: 'slot.held', ...us, ...place, reason: '2 within a day' }
const flapping = { deployment: 'dep_1', undos: 2, isProduction: true }
const calls = (event: DeploymentEvent | SlotEvent) => {
  const harm = harmOf(event)
  return harm && callsPeople(harm)
}

describe('what calls people', () => {
  it('an undo that failed, wherever it is', () => {
    assert.equal(calls(finished({ outcome: 'stuck' })), true)
    const there = finished({
      outcome: 'stuck',
      environmentKind: 'development',
      exposedAt: undefined,
    })
    assert.equal(calls(there), true)
    const harm = harmOf(there)
    assert.equal(harm && severityOf(harm), 4)
  })
  it('a rollback in production that did not come up', () => {
    const failed = { kind: 'rollback', outcome: 'failed', exposedAt: undefined }
    assert.equal(calls(finished(failed)), true)
    assert.equal(harmOf(finished({ ...failed, kind: 'forward' })), undefined)
    assert.equal(harmOf(finished({ ...failed, environmentKind: 'staging' })), undefined)
  })
  it('a slot that flaps, and no other hold', () => {
    assert.equal(harmOf(held), undefined)
    assert.equal(calls({ ...held, flapping }), true)
  })
  it('a rollout that was held for too long', () => {
    const event: DeploymentEvent = {
      type: 'deployment.heldTooLong',
      ...us,
      ...place,
      deployment: 'dep_1',
      environmentKind: 'production',
      tier: 0,
      version: '2.0.0',
      weight: 10,
      since: 1,
      reason: 'ana looks',
    }
    assert.equal(calls(event), true)
    const harm = harmOf(event) ?? assert.fail()
    assert.equal(titleOf(harm), 'shop 2.0.0 in prod is held for too long: at 10 %, ana looks')
    assert.equal(severityOf(harm), 2)
  })
  it('but not what was taken back by itself', () =>
    assert.equal(calls(finished({ outcome: 'rolledBack' })), false))
  it('nor what a person undid, or what went well', () => {
    for (const outcome of ['aborted', 'succeeded'])
      assert.equal(harmOf(finished({ outcome })), undefined)
  })
})
