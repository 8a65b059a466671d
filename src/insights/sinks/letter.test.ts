import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRejection, replay } from '#kernel/decider.ts'
import { letter, type LetterCommand, type LetterEvent } from './letter.ts'

const by = { at: 1, by: 'system' }
const BURY: LetterCommand = {
  ...by,
  type: 'letter.bury',
  sink: 'bus',
  message: 'run-run_1@3',
  kind: 'dev.cdevents.pipelinerun.finished.0.3.0',
  subject: 'run_1',
  stream: 'run-run_1',
  version: 3,
  reason: 'It answers with 422.',
  attempts: 1,
}
const REDELIVER: LetterCommand = { ...by, type: 'letter.redeliver' }
const DELIVER: LetterCommand = { ...by, type: 'letter.deliver' }

function after(...commands: readonly LetterCommand[]) {
  const events: LetterEvent[] = []
  for (const command of commands) {
    const decided = letter.decide(command, replay(letter, events))
    if (isRejection(decided)) return decided.code
    events.push(...decided)
  }
  return events.map(({ type }) => type.slice('letter.'.length)).join(' ')
}

describe('a dead letter', () => {
  it('is put aside once, however often that is tried', () =>
    assert.equal(after(BURY, BURY), 'buried'))
  it('is delivered when a person wished for it', () => {
    assert.equal(after(BURY, DELIVER), 'buried')
    assert.equal(
      after(BURY, REDELIVER, REDELIVER, DELIVER, DELIVER),
      'buried redeliveryRequested delivered',
    )
  })
  it('is put aside again when it is refused again', () =>
    assert.equal(after(BURY, REDELIVER, BURY), 'buried redeliveryRequested buried'))
  it('is not put aside again once it was delivered', () =>
    assert.equal(after(BURY, REDELIVER, DELIVER, BURY), 'buried redeliveryRequested delivered'))
  it('is not delivered when there is none', () => {
    assert.equal(after(REDELIVER), 'letter.not-buried')
    assert.equal(after(BURY, REDELIVER, DELIVER, REDELIVER), 'letter.not-buried')
  })
})
