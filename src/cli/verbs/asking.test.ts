import assert from 'node:assert/strict'
import test from 'node:test'
import type { Deployment, Slot } from '../answers.ts'
import { stateOf } from './asking.ts'

const release = (version: string) => ({ version }) as Slot['deployed']
const slot = (change: Partial<Slot> = {}): Slot => ({
  ...({ service: 'shop', environment: 'dev', hold: null, inFlight: null } as Slot),
  deployed: release('1.0.0'),
  validated: release('1.0.0'),
  ...change,
})
const tried = (version: string, outcome: string, environment = 'dev') =>
  ({ service: 'shop', environment, version, outcome, reason: 'it broke' }) as Deployment

test('the state of a slot tells what went wrong last, until something else was tried', () => {
  assert.equal(stateOf(slot(), []), '✓ validated')
  const stalled = {
    since: Date.now() - 3 * 86_400_000,
    oldest: { version: '1.1.0', sha: 'c0ffee', subject: 'feat: it' },
    why: { code: 'approval.missing', message: '1 more approval is needed.' },
  }
  assert.equal(stateOf(slot({ stalled }), []), '⚠ stalled for 3d: 1 more approval is needed.')
  const bad = tried('1.1.0', 'failed')
  assert.equal(stateOf(slot(), [bad]), '✓ validated, ✕ 1.1.0 failed: it broke')
  assert.equal(stateOf(slot(), [tried('1.1.1', 'succeeded'), bad]), '✓ validated')
  assert.equal(stateOf(slot(), [tried('1.1.0', 'failed', 'prod')]), '✓ validated')
  const none = slot({ deployed: null, validated: null })
  assert.equal(stateOf(none, [tried('1.0.0', 'rolledBack')]), '✕ 1.0.0 was rolled back: it broke')
})

test('what waits is told, and why, also where nothing runs yet', () => {
  const reasons = [
    { code: 'path.on', state: 'met', message: 'On the path.', remedy: '', policy: '' },
    { code: 'check.failed', state: 'refused', message: 'tests: 2 fail', remedy: '', policy: '' },
    { code: 'slot.held', state: 'waiting', message: 'It is held.', remedy: '', policy: '' },
  ] as const
  const wanted = (verdict: 'wait' | 'deny') => ({
    ...{ service: 'shop', environment: 'dev', version: '1.1.0', status: 'waiting' },
    verdict: { verdict, reasons, whoCanAct: [] },
  })
  const none = slot({ deployed: null, validated: null })
  assert.equal(stateOf(none, [], [wanted('deny')]), '✕ 1.1.0 may not go: tests: 2 fail')
  assert.equal(stateOf(slot(), [], [wanted('wait')]), '✓ validated, ◐ 1.1.0 waits: It is held.')
  const elsewhere = { ...wanted('deny'), environment: 'prod' }
  assert.equal(stateOf(none, [], [elsewhere, { ...wanted('deny'), status: 'started' }]), '–')
})

test('what is unproven and stands still says that it asks a person', () => {
  const inFlight = {
    ...{ id: 'dep_1', version: '1.1.0', kind: 'forward', status: 'paused', weight: 20 },
    reason: 'unproven after 1h 30m',
  }
  assert.equal(
    stateOf(slot({ inFlight }), []),
    '⏸ 1.1.0 at 20 %, a person decides: unproven after 1h 30m',
  )
})

test('a long reason does not tear the table apart', () => {
  const hold = { reason: 'x'.repeat(300), by: 'ana', at: 0 }
  assert.equal(stateOf(slot({ hold }), []).length, 73)
})
