import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Observation } from './observation.ts'
import { settingsFrom } from './settings.ts'
import { silence, silenceTick, startSilence } from './silence.ts'

const settings = settingsFrom({
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
})
const arm = (requests: number | null) => (requests === null ? null : { requests, bad: 0, slow: 0 })
const seen = (canary: number | null, stable: number | null): Observation => ({
  canary: arm(canary),
  stable: arm(stable),
  pods: [],
})
const BOTH = seen(10, 190)
const EMPTY = seen(0, 190)
const LOST = seen(null, 190)
const times = (n: number, tick: Observation) => Array.from({ length: n }, () => tick)

function findingOf(ticks: readonly Observation[], weight = 5) {
  const state = ticks.reduce((s, tick) => silenceTick(s, tick, weight), startSilence)
  return silence(settings, state, ticks.at(-1) ?? BOTH, weight)
}
const SILENT = { verdict: 'rollback', reason: 'canary-silent' }
const QUIET = { verdict: 'hold', reason: 'no-traffic' }
const GAP = { verdict: 'hold', reason: 'telemetry-gap' }

describe('silence', () => {
  it('has nothing to say while both arms report', () => assert.equal(findingOf([BOTH]), undefined))
  it('rolls back a canary that served and fell silent', () =>
    assert.deepEqual(findingOf([BOTH, ...times(18, EMPTY)]), SILENT))
  it('holds before that', () => assert.deepEqual(findingOf([BOTH, ...times(17, EMPTY)]), QUIET))
  it('waits longer when reports are missing', () => {
    assert.deepEqual(findingOf([BOTH, ...times(59, LOST)]), GAP)
    assert.deepEqual(findingOf([BOTH, ...times(60, LOST)]), SILENT)
  })
  it('does not take one empty report after lost ones for silence', () =>
    assert.deepEqual(findingOf([BOTH, ...times(17, LOST), EMPTY]), QUIET))
  it('begins anew with every request', () =>
    assert.deepEqual(findingOf([BOTH, ...times(17, EMPTY), BOTH, ...times(6, EMPTY)]), QUIET))
  it('never rolls back while few requests were to be expected', () =>
    assert.deepEqual(findingOf([seen(1, 3), ...times(100, seen(0, 3))]), QUIET))
  it('never rolls back while the baseline is silent too', () => {
    assert.deepEqual(findingOf([BOTH, ...times(30, EMPTY), seen(0, 0)]), QUIET)
    assert.deepEqual(findingOf([BOTH, ...times(90, LOST), seen(null, null)]), GAP)
  })
  it('holds a canary that never served, from the first tick on', () => {
    assert.deepEqual(findingOf([seen(0, 20)]), QUIET)
    assert.deepEqual(findingOf(times(100, EMPTY)), QUIET)
  })
  it('lets a tick without requests pass where few come', () => {
    assert.equal(findingOf([seen(1, 20), seen(0, 20)]), undefined)
    assert.deepEqual(findingOf([seen(1, 20), ...times(6, seen(0, 20))]), QUIET)
  })
  it('holds at once when requests that should have come did not', () =>
    assert.deepEqual(findingOf([BOTH, EMPTY]), QUIET))
  it('holds while an arm is not reported', () => {
    assert.deepEqual(findingOf([BOTH, LOST]), GAP)
    assert.deepEqual(findingOf([BOTH, seen(10, null)]), GAP)
  })
  it('does not miss the stable release once the canary has all traffic', () => {
    assert.equal(findingOf([seen(200, null)], 100), undefined)
    assert.deepEqual(findingOf([BOTH, ...times(20, EMPTY)], 100), QUIET)
  })
})
