import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settingsFrom } from './settings.ts'

const analysis = {
  alpha: 0.02,
  delta: 1e-4,
  tickMs: 10_000,
  requestsMin: 100,
  automaticRollback: true,
}
const ticksAt = (tickMs: number) => {
  const { silentTicks, missingTicks, quietTicks } = settingsFrom({ ...analysis, tickMs })
  return [silentTicks, missingTicks, quietTicks]
}

describe('settingsFrom', () => {
  it('turns durations into ticks', () => assert.deepEqual(ticksAt(10_000), [18, 60, 6]))
  it('keeps the number of looks when ticks are short', () =>
    assert.deepEqual(ticksAt(1000), [18, 60, 6]))
  it('keeps a handful of looks when ticks are long', () =>
    assert.deepEqual(ticksAt(60_000), [5, 15, 3]))
  it('rounds towards patience in between', () => assert.deepEqual(ticksAt(25_000), [8, 24, 3]))
  it('lets belief return with time, not with looks', () => {
    assert.equal(settingsFrom(analysis).redraw, 0.02)
    assert.equal(settingsFrom({ ...analysis, tickMs: 1000 }).redraw, 0.002)
  })
  it('stakes everything once', () => {
    const { metrics } = settingsFrom(analysis)
    assert.equal(
      metrics.reduce((sum, metric) => sum + metric.weight, 0),
      1,
    )
  })
  it('stakes for others what a new metric may not', () => {
    const { metrics } = settingsFrom({ ...analysis, dryRun: ['p99', 'rank'] })
    const staked = metrics.filter(({ isDry }) => !isDry)
    assert.deepEqual(
      staked.map(({ id }) => id),
      ['errors', 'p90'],
    )
    assert.ok(Math.abs(staked.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-12)
  })
  it('forgives a fresh process two minutes, unless its history is known', () => {
    const warm = (from: Parameters<typeof settingsFrom>[0]) =>
      settingsFrom(from).metrics.map(({ warmTicks }) => warmTicks)
    assert.deepEqual(warm(analysis), [0, 12, 12, 12])
    assert.deepEqual(warm({ ...analysis, coldStart: { ms: 0, ratio: 1 } }), [0, 0, 0, 0])
    assert.deepEqual(settingsFrom({ ...analysis, coldStart: { ms: 30_000, ratio: 4 } }).cold, {
      ticks: 3,
      ratio: 4,
    })
  })
  it('looks only for ratios worth a rollback', () => {
    for (const { id, alternatives } of settingsFrom(analysis).metrics)
      if (id !== 'rank') assert.ok(Math.min(...alternatives) >= 1.2)
  })
  it('refuses an α that would decide everything or nothing', () => {
    assert.equal(settingsFrom({ ...analysis, alpha: 0 }).alpha, 1e-9)
    assert.equal(settingsFrom({ ...analysis, alpha: 1 }).alpha, 0.5)
  })
})
