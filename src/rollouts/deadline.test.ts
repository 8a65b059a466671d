import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { deadlineOf, HOLD_MS, UNDO_MS } from './deadline.ts'
import type { DeploymentStatus } from './events.ts'

const at = (status: DeploymentStatus, readyAt: number | null = 2_000) =>
  deadlineOf({ status, since: 5_000, startedAt: 1_000, readyAt, plan: { readyMs: 60_000 } })

describe('what a deployment may be for so long and no longer', () => {
  it('starting: then it is undone', () => assert.equal(at('running', null)?.at, 61_000))
  it('held: then people are paged', () => {
    assert.equal(at('paused')?.at, 5_000 + HOLD_MS)
    assert.match(at('paused')?.then ?? '', /paged/)
  })
  it('undone: then it is stuck', () => {
    assert.equal(at('undoing')?.at, 5_000 + UNDO_MS)
    assert.match(at('undoing')?.then ?? '', /stuck/)
  })
  it('nothing, once it climbs by itself or has ended', () => {
    assert.equal(at('running'), null)
    assert.equal(at('finished'), null)
  })
  law(
    'S7',
    'whatever waits for somebody else has an end',
    fc.property(fc.nat(), fc.nat(), (since, readyMs) => {
      for (const status of ['paused', 'undoing'] as const) {
        const standing = { status, since, startedAt: 0, readyAt: 1, plan: { readyMs } }
        assert.ok((deadlineOf(standing)?.at ?? 0) > since)
      }
    }),
  )
})
