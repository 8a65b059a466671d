import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Revealed } from './layout.ts'
import { type Owed, owedBy } from './owed.ts'

const event = (type: string, data: object, index = 0): Revealed => ({
  index,
  type,
  stream: 's',
  streamSeq: 1,
  salt: '',
  data: { ...data },
})
const stateOf = (what: Owed, events: readonly Revealed[], attested: readonly string[] = []) =>
  owedBy(events, attested).find((each) => each.what === what)?.state

const planned = (count: number, planHash: string) =>
  event('promotion.planned', { approvals: { count }, planHash })
const approved = (by: string, planHash: string) => event('promotion.approved', { by, planHash })

test('approvals count once a person, and for the plan that went', () => {
  assert.equal(stateOf('approval', [planned(2, 'a'), approved('ben', 'a')]), 'missing')
  const twice = [planned(2, 'a'), approved('ben', 'a'), approved('ben', 'a')]
  assert.equal(stateOf('approval', twice), 'missing')
  const both = [planned(2, 'a'), approved('ben', 'a'), approved('cy', 'a')]
  assert.equal(stateOf('approval', both), 'there')
  const replanned = [
    ...both,
    event('promotion.replanned', { approvals: { count: 2 }, planHash: 'b' }),
  ]
  assert.equal(stateOf('approval', replanned), 'missing')
  assert.equal(stateOf('approval', [planned(0, 'a')]), 'not-asked')
  assert.equal(stateOf('approval', []), 'missing')
  const back = event('deployment.finished', { kind: 'rollback', sha: 'ab' })
  assert.equal(stateOf('approval', [back]), 'not-asked')
})

test('tests and scans are jobs that say so and succeeded, records, or attestations', () => {
  const queued = event('run.queued', { jobs: [{ name: 'trivy', check: 'image-scan' }] })
  const ended = (outcome: string) => event('run.jobFinished', { job: 'trivy', outcome })
  assert.equal(stateOf('scan', [queued]), 'missing')
  assert.equal(stateOf('scan', [queued, ended('failed')]), 'missing')
  assert.equal(stateOf('scan', [queued, ended('succeeded')]), 'there')
  assert.equal(stateOf('scan', [], ['https://in-toto.io/attestation/vulns/v0.2']), 'there')
  const tested = event('run.jobFinished', { job: 'x', outcome: 'succeeded', tests: { passed: 1 } })
  assert.equal(stateOf('tests', [tested]), 'there')
  assert.equal(stateOf('tests', [event('record.checkReceived', { check: 'tests' })]), 'there')
})

test('what a signature says is there, and a ticket of any commit is a change record', () => {
  assert.equal(stateOf('sbom', [], ['https://cyclonedx.org/bom']), 'there')
  assert.equal(stateOf('sbom', [], ['https://slsa.dev/provenance/v1']), 'missing')
  assert.equal(stateOf('provenance', [], ['https://slsa.dev/provenance/v1']), 'there')
  const created = (tickets: string[]) => event('release.created', { commits: [{ tickets }] })
  assert.equal(stateOf('change-record', [created(['#12'])]), 'there')
  assert.equal(stateOf('change-record', [created([])]), 'missing')
})
