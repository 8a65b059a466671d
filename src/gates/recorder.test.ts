import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRejection, replay } from '#kernel/decider.ts'
import type { RecorderEvent } from './events/records.ts'
import { recorder, type RecorderCommand } from './recorder.ts'

const registered: RecorderEvent = {
  type: 'recorder.registered',
  at: 1,
  by: 'ci',
  key: 'k',
  name: 'builder',
}
const retired: RecorderEvent = { type: 'recorder.retired', at: 2, by: 'ci', reason: 'gone' }
const register = { type: 'recorder.register', at: 3, by: 'ci', key: 'k', name: 'builder' } as const
const retire = { type: 'recorder.retire', at: 3, by: 'ci', reason: 'gone', isAdmin: false } as const

function outcome(command: RecorderCommand, ...events: RecorderEvent[]): string {
  const answer = recorder.decide(command, replay(recorder, events))
  return isRejection(answer) ? answer.code : answer.map(({ type }) => type).join()
}

describe('a recorder', () => {
  it('belongs to whoever registered its key, for good', () => {
    assert.equal(outcome(register), 'recorder.registered')
    assert.equal(outcome(register, registered), '')
    assert.equal(outcome({ ...register, by: 'eve' }, registered), 'recorder.other-actor')
    assert.equal(outcome({ ...register, by: 'eve' }, registered, retired), 'recorder.other-actor')
  })

  it('is retired by its owner or an admin, and stays so', () => {
    assert.equal(outcome(retire), 'recorder.unregistered')
    assert.equal(outcome({ ...retire, by: 'eve' }, registered), 'recorder.not-yours')
    assert.equal(outcome({ ...retire, by: 'ada', isAdmin: true }, registered), 'recorder.retired')
    assert.equal(outcome(retire, registered, retired), '')
    assert.equal(outcome(register, registered, retired), 'recorder.retired')
  })
})
