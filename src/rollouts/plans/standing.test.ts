import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { endOf } from './standing.ts'
import type { ItemState, Running } from './state.ts'

const moved = { promotion: 'prm_1', isOurs: true, before: null }
const cancelled: ItemState = { status: 'failed', ...moved, outcome: 'cancelled', reason: 'not now' }
const failed: ItemState = { status: 'failed', ...moved, outcome: 'failed', reason: 'it crashed' }
const arrived: ItemState = { status: 'succeeded', ...moved }
const left: ItemState = { status: 'skipped', reason: 'The plan was cancelled: not now' }

const planWith = (...states: readonly ItemState[]): Running => ({
  status: 'running',
  plan: 'spring',
  spec: {
    environment: 'prod',
    items: states.map((_, i) => ({
      service: `s${i}`,
      release: `rel_${i}`,
      version: '1.0.0',
      after: [],
    })),
    groups: [],
    source: { kind: 'named' },
  },
  plannedBy: 'ana',
  plannedAt: 0,
  startedBy: 'ana',
  startedAt: 0,
  items: Object.fromEntries(states.map((state, i) => [`s${i}`, state])),
  tries: {},
  halts: [],
  undoing: [],
  undoReason: '',
  cancelled: { by: 'ana', reason: 'not now' },
})

describe('a plan that was cancelled', () => {
  const outcomeOf = (...states: readonly ItemState[]) => endOf(planWith(...states)).outcome
  it('is no failure, although it called off what waited', () => {
    assert.equal(outcomeOf(cancelled), 'cancelled')
    assert.equal(outcomeOf(cancelled, left), 'cancelled')
  })
  it('is complete in part, where something arrived', () =>
    assert.equal(outcomeOf(arrived, cancelled), 'partiallyCompleted'))
  it('is a failure, when something had failed', () =>
    assert.equal(outcomeOf(failed, cancelled), 'failed'))
})
