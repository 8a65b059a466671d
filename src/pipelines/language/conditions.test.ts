import assert from 'node:assert/strict'
import test from 'node:test'
import { ruling, type Settled, settledAs } from './conditions.ts'

const RUNS = 'runs'
const bindings = { branch: 'main', jobs: { a: { outcome: 'failed' } }, status: 'failed' }

/** Down: what the needs came to. Across: the `if`. The table of docs/guides/pipelines.md. */
const CONDITIONS = ['', 'branch == "main"', 'branch == "x"', 'always()', 'failed()', 'succeeded()']
const TABLE: readonly (readonly [readonly Settled[], ...string[]])[] = [
  [[], RUNS, RUNS, 'condition', RUNS, 'condition', RUNS],
  [['succeeded'], RUNS, RUNS, 'condition', RUNS, 'condition', RUNS],
  [['failed'], 'needs', 'needs', 'needs', RUNS, RUNS, 'condition'],
  [['skipped'], 'needs', 'needs', 'needs', RUNS, 'condition', 'condition'],
  [['cancelled'], 'needs', 'needs', 'needs', RUNS, 'condition', 'condition'],
  [['succeeded', 'failed'], 'needs', 'needs', 'needs', RUNS, RUNS, 'condition'],
  [['succeeded', 'skipped'], 'needs', 'needs', 'needs', RUNS, 'condition', 'condition'],
  [['failed', 'skipped'], 'needs', 'needs', 'needs', RUNS, RUNS, 'condition'],
]

for (const [needs, ...expected] of TABLE)
  test(`what runs when its needs came to ${needs.join(' and ') || 'nothing'}`, () => {
    const found = CONDITIONS.map((condition) => {
      const ruled = ruling(condition === '' ? undefined : condition, needs, bindings)
      if ('problem' in ruled) return ruled.problem
      return ruled.runs ? RUNS : ruled.reason
    })
    assert.deepEqual(found, expected)
  })

test('who asks for the outcome of a job, or of the run, judges failure alone', () => {
  for (const condition of ['jobs.a.outcome == "failed"', 'status == "failed"'])
    assert.deepEqual(ruling(condition, ['failed'], bindings), { runs: true })
})

test('a condition in ${{ }} is one, and without an answer it is wrong rather than false', () => {
  assert.deepEqual(ruling('${{ branch == "main" }}', [], bindings), { runs: true })
  assert.match(JSON.stringify(ruling('int(branch) > 1', [], bindings)), /problem.*int\(branch\)/)
  assert.match(JSON.stringify(ruling('branch', [], bindings)), /no question/)
})

test('legs come to the worst of them, once all have ended', () => {
  assert.equal(settledAs(['succeeded', undefined]), undefined)
  assert.equal(settledAs(['succeeded', 'cached']), 'succeeded')
  assert.equal(settledAs(['skipped', 'cancelled', 'lost']), 'failed')
  assert.equal(settledAs(['skipped', 'cancelled']), 'cancelled')
  assert.equal(settledAs(['skipped', 'succeeded']), 'skipped')
  assert.equal(settledAs(['unknown', 'succeeded']), 'failed')
})
