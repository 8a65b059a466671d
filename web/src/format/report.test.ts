import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ReportLine } from '../api/insights.ts'
import { againstTarget, changeText } from './report.ts'

const line: ReportLine = {
  ...{ number: 'K3', name: 'changeFailureRate', title: 'Change failure rate', unit: 'share' },
  ...{ value: 0.05, reason: null, n: 20, p90: null, interval: null, before: 0.1 },
  ...{ target: { isAtMost: true, value: 0.1 }, isMet: true },
}

it('says how a figure stands to its target, and to the period before', () => {
  assert.deepEqual(againstTarget(line), { text: 'met: at most 10.0 %', tone: 'good' })
  assert.equal(againstTarget({ ...line, isMet: null }).tone, 'plain')
  assert.equal(changeText(line), '▼ 5.0 points')
  assert.equal(changeText({ ...line, before: null }), '')
  assert.equal(changeText({ ...line, unit: 'ms', value: 60_000, before: 30_000 }), '▲ 30 s')
})
