import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { item, releasePlan } from '../fixtures.ts'
import {
  cancelTouches,
  onFailureInWords,
  planInWords,
  progressInWords,
  resumeTouches,
  undoTouches,
} from './plan.ts'

describe('a release plan in words', () => {
  it('is never good while it is halted', () => {
    const halted = releasePlan({ halted: '1 failed in all, 0 may.' })
    assert.deepEqual(planInWords(halted), { text: 'Halted', tone: 'bad' })
  })
  it('says nothing of a halt that is over', () => {
    const plan = releasePlan({ status: 'ended', outcome: 'cancelled', halted: null })
    assert.equal(planInWords(plan).text, 'Cancelled')
  })
  it('counts what was there before as there', () => {
    const items = [item({ status: 'found' }), item({ status: 'succeeded' }), item()]
    assert.equal(progressInWords(items), '2 of 3 there')
  })
  it('says what a group bears', () => {
    const onFailure = 'undo-group' as const
    const group = { name: 'back', services: [], onFailure, minOk: 2 }
    const says = onFailureInWords({ ...group, maxFail: 1 })
    assert.equal(says, 'When more than 1 fail, or fewer than 2 can succeed, the group goes back.')
  })
})

describe('what a word to a plan touches', () => {
  const plan = releasePlan({
    items: [
      item({ service: 'db', status: 'succeeded' }),
      item({ service: 'api', status: 'succeeded' }),
      item({ service: 'web', status: 'failed' }),
      item({ service: 'bot', status: 'waiting' }),
    ],
    history: [
      { type: 'plan.itemStarted', at: 1, by: 'system', service: 'db', before: null },
      {
        ...{ type: 'plan.itemStarted', at: 2, by: 'system', service: 'api' },
        before: { version: '1.0.0' },
      },
    ],
  })
  it('an undo goes from the top down, and what has nothing before it stays', () => {
    assert.deepEqual(undoTouches(plan), [
      'bot 2.0.0 does not go.',
      'api goes from 2.0.0 back to 1.0.0.',
      'db 2.0.0 stays: nothing was there before it.',
    ])
  })
  it('a cancel takes nothing back', () => {
    assert.ok(cancelTouches(plan).includes('api 2.0.0 stays.'))
    assert.ok(!cancelTouches(plan).join(' ').includes('back'))
  })
  it('a resumption tries again what failed or was left out, and nothing else', () => {
    assert.deepEqual(resumeTouches(plan), ['web 2.0.0 is tried again.'])
  })
})
