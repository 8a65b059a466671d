import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { MetricFinding } from '../../api/rollouts.ts'
import { tick } from '../../fixtures.ts'
import { marksOf, metricsOf, metricSeriesOf, weightAt } from './metric-series.ts'

const judged = (
  at: number,
  facts: Partial<MetricFinding>,
  verdict: 'continue' | 'brake' = 'continue',
) => {
  const plain = tick(at)
  const metric = { id: 'errors', evidence: 1, ratio: 1, isNamed: false, isDry: false, ...facts }
  return { ...plain, verdict: { ...plain.verdict, verdict, metrics: [metric] } }
}
const weights = [
  { at: 0, step: 0, weight: 5 },
  { at: 2_000, step: 0, weight: 0.5 },
]

it('draws what is believable, and nothing where nobody knows', () => {
  const { ratio, low, high, evidence } = metricSeriesOf(
    [judged(0, { low: 0.01, high: 1e6, evidence: 0 }), judged(1, { ratio: 2 }), tick(2)],
    'errors',
  )
  assert.deepEqual(
    [ratio, low, high],
    [
      [1, 2, null],
      [0.2, null, null],
      [100, null, null],
    ],
  )
  assert.deepEqual(evidence, [0.1, 1, null])
})
it('knows which metrics there are, and which are new', () => {
  assert.deepEqual(metricsOf([judged(0, { isDry: true })]), [{ id: 'errors', isDry: true }])
  assert.deepEqual(metricsOf([tick(0)]), [])
})
it('marks weights, and where a verdict begins', () => {
  const ticks = [judged(0, {}), judged(1_000, {}, 'brake'), judged(2_000, {}, 'brake')]
  assert.deepEqual(marksOf(weights, ticks), [
    { at: 0, text: '5 %' },
    { at: 2, text: '0.5 %' },
    { at: 1, text: 'brake', row: 1 },
  ])
  assert.deepEqual([weightAt(weights, 1_999), weightAt(weights, 2_000)], [5, 0.5])
})
