import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type RunbookFacts, runbookStanding } from './runbook.ts'

const facts: RunbookFacts = {
  path: 'docs/runbook.md',
  changedAt: 1_000,
  hasRelease: true,
  lastRollbackAt: undefined,
  reviewMs: 100,
  drillMs: 50,
}
const stateAt = (now: number, change: Partial<RunbookFacts> = {}) =>
  runbookStanding({ ...facts, ...change }, now).state

describe('a runbook', () => {
  it('is fresh up to the end of its time, and not at it', () => {
    assert.deepEqual([stateAt(1_099), stateAt(1_100)], ['fresh', 'stale'])
  })
  it('that is not linked, not there, or of no release yet is said to be so', () => {
    assert.equal(stateAt(1_000, { path: undefined }), 'unlinked')
    assert.equal(stateAt(1_000, { changedAt: undefined }), 'missing')
    assert.equal(stateAt(1_000, { hasRelease: false, changedAt: undefined }), 'unknown')
  })
  it('says how the way back was last proven', () => {
    const drill = (lastRollbackAt: number | undefined) =>
      runbookStanding({ ...facts, lastRollbackAt }, 1_060).drill
    assert.deepEqual(
      [drill(undefined), drill(1_020), drill(1_010)],
      ['never', 'drilled', 'overdue'],
    )
  })
  it('has a remedy exactly when it is not fresh', () =>
    fc.assert(
      fc.property(
        fc.option(fc.constant('a.md'), { nil: undefined }),
        fc.option(fc.nat(3_000), { nil: undefined }),
        fc.boolean(),
        fc.nat(3_000),
        (path, changedAt, hasRelease, now) => {
          const { state, remedy } = runbookStanding({ ...facts, path, changedAt, hasRelease }, now)
          assert.equal(remedy === '', state === 'fresh')
        },
      ),
    ))
})
