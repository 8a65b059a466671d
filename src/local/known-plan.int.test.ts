import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { jobSpec } from '../../test/support/job-spec.ts'
import { type HerePlan, isAsking, keepPlan, type PlanOrder, readPlan } from './known-plan.ts'

const PLAN: HerePlan = {
  jobs: [jobSpec('build', { outputs: ['dist'] }), jobSpec('test', { needs: ['build'] })],
  facts: {
    ...{ event: 'manual', branch: 'main', ref: 'refs/heads/main', sha: 'a'.repeat(40) },
    ...{ service: 'shop', tier: 3, inputs: {}, vars: {} },
  },
}
const ORDER: PlanOrder = {
  ...{ build: 'b1', file: 'signalbox.yaml', text: 'jobs', inputs: { place: 'prod', a: '1' } },
  head: { branch: 'main', sha: 'a'.repeat(40) },
}

test('a plan is known as long as nothing that made it is another', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-plan-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'plan')
  assert.equal(readPlan(path, ORDER), undefined)
  keepPlan(path, ORDER, PLAN)
  assert.deepEqual(readPlan(path, ORDER), JSON.parse(JSON.stringify(PLAN)))
  assert.ok(readPlan(path, { ...ORDER, inputs: { a: '1', place: 'prod' } }))
  const others: readonly PlanOrder[] = [
    { ...ORDER, build: 'b2' },
    { ...ORDER, build: undefined },
    { ...ORDER, file: 'other.yaml' },
    { ...ORDER, text: 'jobs ' },
    { ...ORDER, inputs: { place: 'dev', a: '1' } },
    { ...ORDER, head: { ...ORDER.head, branch: 'next' } },
    { ...ORDER, head: { ...ORDER.head, sha: 'b'.repeat(40) } },
  ]
  for (const other of others) assert.equal(readPlan(path, other), undefined)
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -5))
  assert.equal(readPlan(path, ORDER), undefined)
  // From sources nothing is kept: they may change without anybody saying so.
  rmSync(path)
  keepPlan(path, { ...ORDER, build: undefined }, PLAN)
  assert.equal(readPlan(path, ORDER), undefined)
})

test('a plan asks while it runs when a job has a condition or waits for a value', () => {
  assert.equal(isAsking(PLAN), false)
  const asking = [{ if: 'always()' }, { envLater: { A: '${{ jobs.build.outcome }}' } }]
  for (const more of asking) assert.equal(isAsking({ ...PLAN, jobs: [jobSpec('a', more)] }), true)
})
