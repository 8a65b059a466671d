import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Connection, Runbook, Waiver } from '../api/governance.ts'
import {
  auditStands,
  connectionInWords,
  connectionsStand,
  coverageStands,
  drillInWords,
  metInWords,
  runbookInWords,
  runbooksStand,
  waiversStand,
} from './governance.ts'

const HOUR = 3_600_000
const connection = (change: Partial<Connection> = {}): Connection => ({
  ...{ connection: 'github', kind: 'github', address: '/hooks/github', since: 0, lastAt: HOUR },
  ...{ deliveries: 3, observations: 3, unmapped: 0, notes: [] },
  refused: { unsigned: 0, forged: 0, stale: 0, unreadable: 0, lastAt: null },
  ...change,
})
const runbook = (change: Partial<Runbook> = {}): Runbook => ({
  ...{ service: 'shop', owner: 'web', tier: 1, path: 'a.md', state: 'fresh', changedAt: 0 },
  ...{ freshUntil: 48 * HOUR, drill: 'never', drilledAt: null, drillCountsUntil: null, remedy: '' },
  ...change,
})
const waiver = (status: Waiver['status'], expiresAt: number): Waiver => ({
  ...{ waiver: 'wvr_1', check: 'tests', subject: 'sha256:a', reason: 'r', status, expiresAt },
  ...{ requestedBy: 'a', requestedAt: 0, approvedBy: null },
})

describe('how a room stands', () => {
  it('is never good for what was not heard of, or was refused', () => {
    const refused = { unsigned: 0, forged: 2, stale: 0, unreadable: 0, lastAt: 1 }
    assert.equal(connectionInWords(connection({ lastAt: null, deliveries: 0 }), HOUR).tone, 'open')
    assert.equal(connectionInWords(connection({ refused }), HOUR).tone, 'bad')
    assert.deepEqual(connectionsStand([]), [{ text: 'none is set up', tone: 'plain' }])
    assert.deepEqual(
      connectionsStand([connection(), connection({ refused }), connection({ lastAt: null })]),
      [
        { text: '1 refused deliveries', tone: 'bad' },
        { text: '1 silent', tone: 'open' },
      ],
    )
    assert.equal(runbooksStand([])[0]?.tone, 'plain')
  })
  it('says of waivers which hold, which end soon and which wait', () =>
    assert.deepEqual(
      waiversStand(
        [
          waiver('approved', 2 * HOUR),
          waiver('approved', 90 * HOUR),
          waiver('requested', 9 * HOUR),
          waiver('approved', 1),
          waiver('revoked', 90 * HOUR),
        ],
        HOUR,
      ).map(({ text }) => text),
      ['2 in force, 1 of them for less than a day', '1 wait for approval'],
    ))
  it('says of a log that it is halted before anything else', () => {
    const status = { state: 'halted', size: 9, witnessed: null, witnesses: [] } as const
    assert.equal(auditStands(status)[0]?.tone, 'bad')
    assert.deepEqual(auditStands({ ...status, state: 'sealing' })[0], {
      text: '9 entries sealed',
      tone: 'good',
    })
  })
  it('says how fresh a runbook is, and for how long a drill counts', () => {
    assert.equal(runbookInWords(runbook(), 0).text, 'fresh for 2 d')
    assert.equal(runbookInWords(runbook({ state: 'unlinked', freshUntil: null }), 0).tone, 'open')
    assert.deepEqual(drillInWords(runbook(), 0), { text: 'never', tone: 'open' })
    const drilled = { drill: 'drilled', drilledAt: 0, drillCountsUntil: 96 * HOUR } as const
    assert.equal(
      drillInWords(runbook(drilled), 72 * HOUR).text,
      'rolled back 3 d ago, counts for 24 h',
    )
  })
  it('is met only where all of it is', () =>
    assert.deepEqual(
      [1, 0.99, 0, null].map((value) => metInWords(value).tone),
      ['good', 'open', 'bad', 'plain'],
    ))
  it('is bad where traceability misses its target', () => {
    const coverage = { value: 0.5, n: 2, target: 0.95, gaps: [], from: 0, to: 1 }
    assert.equal(coverageStands(coverage as never)[0]?.tone, 'bad')
  })
})
