import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { readManifests } from '#engine/manifest.ts'
import { ruling, type Settled, settledAs } from './conditions.ts'
import { type PipelineManifest, pipelineManifest } from './manifest.ts'
import { planPipeline } from './plan.ts'

const bindings = { branch: 'main', jobs: { a: { outcome: 'failed' } }, status: 'failed' }

/** The table of the guide is what is tested: needs down, conditions across. */
const guide = readFileSync('docs/guides/pipelines.md', 'utf8')
const rows = guide
  .split('\n')
  .filter((line) => /^\| (nothing|succeeded|failed|skipped|cancelled)/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
const CONDITIONS = [[undefined, 'branch == "main"'], ['branch == "x"']]
const ACROSS = [...CONDITIONS, ['always()'], ['failed()'], ['succeeded()']]

test('the table of the guide has all its rows', () => assert.equal(rows.length, 7))

for (const [came = '', ...cells] of rows)
  test(`what runs when its needs came to ${came} is what the guide says`, () => {
    const needs = came === 'nothing needed' ? [] : (came.split(' and ') as Settled[])
    const found = ACROSS.map((conditions) => conditions.map((one) => said(one, needs)))
    assert.deepEqual(
      found,
      ACROSS.map((conditions, i) => conditions.map(() => cells[i])),
    )
  })

function said(condition: string | undefined, needs: readonly Settled[]): string {
  const ruled = ruling(condition, needs, bindings)
  if ('problem' in ruled) return ruled.problem
  return ruled.runs ? 'runs' : `skipped, \`${ruled.reason}\``
}

test('the example of the guide can be planned', () => {
  const [, yaml = ''] = /```yaml\n([^`]*)```/.exec(guide) ?? []
  const kinds = { Pipeline: pipelineManifest }
  const { manifests, problems } = readManifests('guide', yaml, kinds)
  assert.deepEqual(problems, [])
  const planned = manifests.map(({ value }) => planPipeline((value as PipelineManifest).spec))[0]
  assert.ok(planned !== undefined && 'jobs' in planned, JSON.stringify(planned))
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
