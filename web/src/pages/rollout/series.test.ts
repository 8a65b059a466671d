import assert from 'node:assert/strict'
import { it } from 'node:test'
import { tick } from '../../fixtures.ts'
import { seriesOf, totals, WINDOW_TICKS } from './series.ts'

it('counts in seconds', () => assert.deepEqual(seriesOf([tick(1_500)]).at, [1.5]))
it('shows the share of the last ticks only', () => {
  const ticks = [tick(0, 10), ...Array.from({ length: WINDOW_TICKS }, (_, i) => tick(i + 1))]
  const { canary } = seriesOf(ticks)
  assert.equal(canary[0], 1)
  assert.equal(canary[1], 0.5)
  assert.equal(canary[WINDOW_TICKS - 1], 1 / WINDOW_TICKS)
  assert.equal(canary[WINDOW_TICKS], 0)
})
it('shows nothing where there was nothing, never zero', () => {
  assert.deepEqual(seriesOf([{ ...tick(0), canary: null }]).canary, [null])
})
it('keeps evidence where a logarithm can show it', () => {
  const [none, some] = [0, 50].map((evidence) => ({
    ...tick(0),
    verdict: { ...tick(0).verdict, evidence },
  }))
  assert.ok(none !== undefined && some !== undefined)
  assert.deepEqual(seriesOf([none, some]).evidence, [0.1, 50])
})
it('adds up what both parts served', () => {
  const { requests, bad } = totals([tick(0, 1), tick(1, 2)].map(({ canary }) => canary))
  assert.deepEqual([requests, bad], [20, 3])
  assert.deepEqual(totals([null]), { requests: 0, bad: 0, slow: 0 })
})
