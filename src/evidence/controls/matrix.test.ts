import assert from 'node:assert/strict'
import { it } from 'node:test'
import { controlsOf, FRAMEWORKS, MATRIX, measured, type Need } from './matrix.ts'

const gap = (of: string) => ({ of, message: 'missing' })
const all = (value: ReturnType<typeof measured>) =>
  Object.fromEntries(MATRIX.map(({ need }) => [need, value])) as Record<Need, typeof value>

it('every need is named once, and every framework asks for something', () => {
  const needs = MATRIX.map(({ need }) => need)
  assert.equal(new Set(needs).size, needs.length)
  for (const framework of FRAMEWORKS)
    assert.ok(controlsOf(framework, all(measured(0, []))).length > 0, framework)
})
it('a control is as good as the weakest of its needs', () => {
  const needs = { ...all(measured(4, [])), testing: measured(4, [gap('dep_1')]) }
  const cc81 = controlsOf('soc2', needs).find(({ control }) => control === 'CC8.1')
  assert.deepEqual([cc81?.value, cc81?.gaps, cc81?.unanswered], [0.75, 1, []])
})
it('what nobody can answer is said, and is no zero', () => {
  const needs = { ...all(measured(1, [])), 'log-integrity': measured(0, []) }
  const cc72 = controlsOf('soc2', needs).find(({ control }) => control === 'CC7.2')
  assert.deepEqual(
    [cc72?.value, cc72?.unanswered],
    [null, [{ need: 'log-integrity', reason: 'no_events' }]],
  )
})
it('two gaps of one thing are one thing that is not covered', () => {
  const { covered, n, value } = measured(2, [gap('dep_1'), gap('dep_1')])
  assert.deepEqual([covered, n, value], [1, 2, 0.5])
  assert.deepEqual(measured(0, []).reason, 'no_events')
})
