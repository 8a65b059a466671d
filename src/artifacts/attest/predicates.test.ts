import assert from 'node:assert/strict'
import { it } from 'node:test'
import { summaryOf, testResultOf } from './predicates.ts'

const subject = { name: 'shop', digest: 'sha256:11' }
const run = { run: 'run_1', pipeline: 'signalbox.yaml', repository: '/r', sha: 'a1' }

it('a test result names its jobs, and fails with any of them', () => {
  const jobs = [
    { job: 'unit', passed: 3, failed: 0 },
    { job: 'e2e', passed: 1, failed: 1 },
  ]
  const failed = testResultOf(subject, { ...run, jobs })
  assert.equal(failed?.predicateType, 'https://in-toto.io/attestation/test-result/v0.1')
  const { result, passedTests, failedTests } = failed?.predicate ?? {}
  assert.deepEqual([result, passedTests, failedTests], ['FAILED', ['unit'], ['e2e']])
  const passed = testResultOf(subject, { ...run, jobs: jobs.slice(0, 1) })
  assert.equal(passed?.predicate['result'], 'PASSED')
})
it('where nothing was tested nothing is said', () =>
  assert.equal(testResultOf(subject, { ...run, jobs: [] }), undefined))
it('a summary names what was verified by its digest', () => {
  const inputs = [{ digest: 'sha256:22', predicateType: 'https://slsa.dev/provenance/v1' }]
  const { predicate } = summaryOf(subject, {
    ...{ deployment: 'dep_1', service: 'shop', environment: 'prod', release: 'rel_1' },
    ...{ version: '1.0.0', at: 0, inputs },
  })
  assert.deepEqual(predicate['inputAttestations'], [
    { uri: 'oci:sha256:22', digest: { sha256: '22' } },
  ])
  assert.equal(predicate['timeVerified'], '1970-01-01T00:00:00.000Z')
})
