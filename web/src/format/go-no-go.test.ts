import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Check, Explanation, VerdictReason } from '../api/rollouts.ts'
import { promotion } from '../fixtures.ts'
import { checkCell, checkNames, goOf, groupCell, sumOf } from './go-no-go.ts'

const reason = (code: string, state: VerdictReason['state']): VerdictReason => ({
  code,
  state,
  message: `${code}.`,
  remedy: '',
  policy: '',
})
const check = (name: string, state: Check['state'] = 'passed'): Check => ({
  name,
  state,
  message: 'Why.',
  remedy: 'Do it.',
  policy: '',
})
function answer(
  verdict: Explanation['verdict']['verdict'],
  reasons: readonly VerdictReason[] = [],
  checks: Check[] = [],
): Explanation {
  const { service, environment, version, release, approvals, plan, planHash } = promotion()
  const about = {
    service,
    environment,
    version,
    release,
    promotion: null,
    approvals,
    plan,
    forecast: null,
    planHash,
    notAsAsked: null,
    stalled: null,
  }
  return { ...about, verdict: { verdict, reasons, whoCanAct: [] }, checks }
}

describe('a cell', () => {
  const mixed = answer('deny', [
    reason('slot.free', 'met'),
    reason('slot.held', 'refused'),
    reason('freeze.none', 'met'),
  ])
  it('shows the worst of its reasons, and says only those', () => {
    const { word, says } = groupCell(mixed, ['slot.'])
    assert.deepEqual([word, says], ['no', 'slot.held.'])
    assert.equal(groupCell(mixed, ['freeze.', 'window.']).tone, 'good')
  })
  it('is never good when nothing was asked', () => {
    assert.equal(groupCell(mixed, ['path.']).tone, 'plain')
    assert.equal(checkCell(mixed, 'tests').tone, 'plain')
  })
  it('says what a check found and what to do', () => {
    const failed = answer('deny', [], [check('tests', 'failed')])
    assert.deepEqual(checkCell(failed, 'tests'), {
      glyph: '✕',
      tone: 'bad',
      word: 'failed',
      says: 'Why. Do it.',
    })
  })
})

it('has a column for every check that anybody is asked for', () => {
  const few = answer('allow', [], [check('tests'), check('licence')])
  const many = answer('allow', [], [check('sbom'), check('tests'), check('signature')])
  assert.deepEqual(checkNames([few, many]), ['sbom', 'tests', 'signature', 'licence'])
})
it('counts what runs there already apart, and what is not known', () => {
  const there = answer('wait', [reason('release.again', 'met')])
  assert.equal(goOf(there), 'there')
  assert.equal(
    sumOf([answer('allow'), answer('deny'), there], 5),
    '1 go, 1 no-go, 1 run there already, 2 not known',
  )
})
