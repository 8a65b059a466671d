import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { movesWith } from './moves-with.ts'
import { holdOfTrain } from './queries/trains.ts'
import { holdOfPlan } from './reconcilers/plans.ts'

const by = SYSTEM.id

it('knows the holds of plans and trains by the words they are put with', () => {
  assert.deepEqual(movesWith({ by, reason: holdOfPlan('spring') }), { kind: 'plan', id: 'spring' })
  assert.deepEqual(movesWith({ by, reason: holdOfTrain('weekly') }), {
    kind: 'train',
    id: 'weekly',
  })
  const leaving = 'The release train weekly is about to leave from here.'
  assert.deepEqual(movesWith({ by, reason: leaving }), { kind: 'train', id: 'weekly' })
})
it('takes no hold after a rollback for one, nor a person’s in the same words', () => {
  assert.equal(movesWith({ by, reason: '1.2.0 was rolled back: errors' }), null)
  assert.equal(movesWith({ by: 'ana', reason: holdOfPlan('spring') }), null)
})
