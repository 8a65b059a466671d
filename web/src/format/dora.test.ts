import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Dora } from '../api/insights.ts'
import { kpiInWords, KPIS, type FigureName } from './dora.ts'

const HOUR_MS = 3_600_000
const none = { value: null, n: 0, reason: 'no-deployments' } as const
const dora = (facts: Partial<Dora> = {}): Dora => ({
  service: 'shop',
  from: 0,
  to: 1,
  targets: {
    deploymentFrequency: 1,
    leadTimeMs: 24 * HOUR_MS,
    changeFailureRate: 0.1,
    recoveryTimeMs: HOUR_MS,
  },
  deploymentFrequency: none,
  leadTime: none,
  leadTimeFromCommit: none,
  changeFailureRate: none,
  recoveryTime: none,
  reworkRate: none,
  ...facts,
})

it('never shows what is not known as a number, or as good', () => {
  for (const name of Object.keys(KPIS) as FigureName[]) {
    const { value, more, tone } = kpiInWords(name, dora())
    assert.deepEqual([value, tone], ['not known', 'plain'])
    assert.equal(more, 'nothing was deployed to production')
  }
})
it('compares with the target of the tier, and with nothing where there is none', () => {
  const often = dora({ deploymentFrequency: { value: 2.04, n: 10 } })
  assert.deepEqual(kpiInWords('deploymentFrequency', often), {
    value: '2 a day',
    more: '',
    tone: 'good',
    target: 'at least 1 a day',
    of: 'n = 10',
  })
  const failing = dora({ changeFailureRate: { value: 0.2, n: 5 } })
  assert.equal(kpiInWords('changeFailureRate', failing).tone, 'bad')
  const all = dora({ targets: null, changeFailureRate: { value: 0.2, n: 5 } })
  assert.deepEqual(
    [kpiInWords('changeFailureRate', all).tone, kpiInWords('changeFailureRate', all).target],
    ['plain', ''],
  )
})
it('says rare rates in a unit in which they can be read', () => {
  const said = (value: number) =>
    kpiInWords('deploymentFrequency', dora({ deploymentFrequency: { value, n: 1 } })).value
  assert.equal(said(1 / 7), '1 a week')
  assert.equal(said(1 / 91), '0.3 in 30 days')
})
it('tells of those that have not recovered', () => {
  const recoveryTime = { value: { p50Ms: 1_000, open: 2 }, n: 3 }
  assert.equal(kpiInWords('recoveryTime', dora({ recoveryTime })).more, '2 not recovered yet')
})
