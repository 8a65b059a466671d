import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRejection, replay } from '#kernel/decider.ts'
import { backfill, type BackfillCommand, type BackfillEvent } from './backfill.ts'

const by = { at: 1, by: 'system' }
const REQUEST: BackfillCommand = {
  ...by,
  type: 'backfill.request',
  connection: 'github',
  repository: 'acme/shop',
  since: 0,
}
const advance = (from: number | undefined, next: number | undefined): BackfillCommand => ({
  ...by,
  type: 'backfill.advance',
  from: from === undefined ? undefined : { resource: 'pulls', page: from },
  next: next === undefined ? undefined : { resource: 'pulls', page: next },
  observations: 10,
  notes: 1,
})

function after(...commands: readonly BackfillCommand[]) {
  const events: BackfillEvent[] = []
  for (const command of commands) {
    const decided = backfill.decide(command, replay(backfill, events))
    if (isRejection(decided)) return decided
    events.push(...decided)
  }
  return replay(backfill, events)
}

describe('a back-fill', () => {
  it('goes on page by page, and is over with the last', () => {
    const state = after(REQUEST, advance(undefined, 2), advance(2, undefined))
    assert.ok('status' in state)
    assert.deepEqual([state.status, state.pages, state.observations], ['done', 2, 20])
  })
  it('does not go back for a page that was read before', () => {
    const state = after(REQUEST, advance(undefined, 2), advance(undefined, 2))
    assert.ok('status' in state && state.pages === 1)
  })
  it('is asked for once at a time, and again when it is over', () => {
    const twice = after(REQUEST, REQUEST)
    assert.ok('code' in twice && twice.code === 'backfill.running')
    const failed = after(REQUEST, { ...by, type: 'backfill.fail', reason: 'gone' }, REQUEST)
    assert.ok('status' in failed && failed.status === 'running' && failed.reason === '')
  })
})
