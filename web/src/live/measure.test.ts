import assert from 'node:assert/strict'
import { it } from 'node:test'
import { deployment, tick } from '../fixtures.ts'
import { measuredIn, withTick, withVerdict } from './measure.ts'

const verdict = { ...tick(0).verdict, evidence: 7 }
const event = { at: 2_000, tick: { canary: null, stable: null }, verdict }
const change = (version: number) => ({
  kind: 'deployment',
  id: 'dep_1',
  version,
  type: 'deployment.measured',
  at: 2_000,
  event,
})
const known = deployment({ ticks: [tick(1_000)] })

it('appends the next tick and what it came to', () => {
  const after = withTick(known, change(5), event)
  assert.deepEqual(
    after?.ticks.map(({ at }) => at),
    [1_000, 2_000],
  )
  assert.equal(after?.revision, 5)
  assert.equal(after?.verdict?.evidence, 7)
})
it('takes no tick twice', () => {
  assert.equal(withTick(known, change(4), event), known)
})
it('gives up on a gap', () => {
  assert.equal(withTick(known, change(6), event), undefined)
})
it('keeps no more ticks than a chart has room for', () => {
  const many = Array.from({ length: 600 }, (_, at) => tick(at))
  assert.equal(withTick(deployment({ ticks: many }), change(5), event)?.ticks.length, 600)
})
it('knows a tick whose content was left out', () => {
  assert.equal(measuredIn({ ...change(5), event: undefined }), undefined)
  assert.equal(measuredIn(change(5)), event)
})
it('refreshes the verdict in a list, of that deployment alone', () => {
  const rows = [deployment({ id: 'dep_0' }), deployment()]
  const after = withVerdict(rows, change(5), event)
  assert.deepEqual(
    after.map((row) => row.verdict?.evidence),
    [undefined, 7],
  )
  assert.equal(withVerdict(rows, change(4), event), rows)
})
