import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FIGURES } from '../../../src/insights/figures/figures.ts'
import { heldText, KPI_WORDS, kpiText, tiersInWords, valueText } from './kpis.ts'

const target = { of: 'value', isAtMost: true, value: 0.1, isMet: true } as const

describe('a figure in words', () => {
  it('says its value, its interval, how many it is of, and how it stands to its target', () => {
    const met = { value: 0.05, n: 1200, interval: [0.04, 0.07], target } as const
    assert.deepEqual(kpiText('share', met), {
      value: '5.0 %',
      why: '',
      interval: '4.0 % to 7.0 %',
      target: 'at most 10.0 %',
      tone: 'good',
      of: 'n = 1\u202f200',
    })
    assert.equal(heldText(met), 'met')
  })
  it('is never good where there is no data, and says why there is none', () => {
    const none = {
      value: null,
      n: 0,
      reason: 'no_source',
      target: { ...target, isMet: null },
    } as const
    const { value, why, tone } = kpiText('share', none)
    assert.deepEqual([value, why, tone], ['not known', 'nobody tells such things yet', 'plain'])
    assert.equal(heldText(none), 'cannot be compared')
  })
  it('names the share that the target is of', () => {
    const ninety = { of: 'p90', isAtMost: true, value: 900_000, isMet: false } as const
    const text = kpiText('ms', { value: 60_000, n: 3, target: ninety })
    assert.deepEqual([text.target, text.tone], ['nine of ten at most 15 min', 'bad'])
  })
  it('says of many tiers which of them miss their own target', () => {
    const one = (isMet: boolean | null) => ({ value: 1, n: 1, target: { ...target, isMet } })
    const none = { value: 1, n: 1, target: null }
    assert.equal(tiersInWords({ 0: one(false), 1: one(true), 3: none }).text, 'missed in tier 0')
    assert.equal(tiersInWords({ 0: one(true), 3: none }).tone, 'good')
    assert.equal(tiersInWords({ 0: one(null), 3: none }).tone, 'plain')
  })
  it('says rates in the unit in which they are no fraction', () => {
    assert.equal(valueText('perDay', 2), '2 a day')
    assert.equal(valueText('perDay', 1 / 7), '1 a week')
    assert.equal(valueText('perDay', 1 / 30), '1 in 30 days')
  })
  it('has words for every figure of the server, and for no other', () =>
    assert.deepEqual(Object.keys(KPI_WORDS).sort(), FIGURES.map(({ name }) => name).sort()))
})
