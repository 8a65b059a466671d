import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Slot } from '../api/rollouts.ts'
import { driftAlong } from './drift.ts'

const slot = (environment: string, version: string | null) => ({
  environment,
  deployed: version === null ? null : ({ release: `rel_${version}`, version } as Slot['deployed']),
})
const PATH = ['dev', 'staging', 'prod']
const drift = (...slots: ReturnType<typeof slot>[]) => [...driftAlong(PATH, slots)]

it('a place that has another release than the one before it has drifted', () => {
  assert.deepEqual(drift(slot('dev', '2'), slot('staging', '2'), slot('prod', '1')), [
    ['prod', { before: 'staging', version: '2' }],
  ])
})
it('where nothing is yet, nothing has drifted', () => {
  assert.deepEqual(drift(slot('dev', '2'), slot('staging', null)), [])
  assert.deepEqual(drift(), [])
})
