import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PolicyDocument } from './events.ts'
import { type SaidFacts, tryPolicy } from './playground.ts'
import { builtInRow } from './tier-table.ts'

const NOW = 1_800_000_000_000
const place = { tier: 1, environmentKind: 'production' } as const
const none: SaidFacts = {
  jobs: {},
  ...{ runGoesOn: false, attestations: [], artifactKind: 'tarball', runbookDays: null },
  ...{ rollbackDays: null, firstInEnvironment: false, waived: [] },
}
const policy = (rows: PolicyDocument['rows'], digest = 'sha256:bb') => ({
  document: { name: 'default', description: '', rows },
  digest,
})
const states = (facts: Partial<SaidFacts>, rows: PolicyDocument['rows']) => {
  const policies = { inForce: undefined, candidate: policy(rows) }
  const { verdict, checks } = tryPolicy(place, { ...none, ...facts }, policies, NOW)
  return [verdict, ...checks.map(({ state }) => state)]
}
const only = (...checks: string[]) => ({ '1/production': { checks } })

describe('a policy that is tried', () => {
  it('asks what the built-in table asks where nothing is applied', () => {
    const policies = { inForce: undefined, candidate: undefined }
    const { checks, inForce, changes } = tryPolicy(place, none, policies, NOW)
    const wanted = builtInRow(1, 'production').checks
    assert.deepEqual([checks.map(({ name }) => name), inForce, changes], [wanted, null, []])
  })
  it('judges what was said as it judges what happened', () => {
    assert.deepEqual(states({}, only('secret-scan')), ['deny', 'failed'])
    assert.deepEqual(states({ runGoesOn: true }, only('secret-scan')), ['wait', 'pending'])
    assert.deepEqual(states({ jobs: { tests: 'succeeded' } }, only('tests')), ['allow', 'passed'])
    assert.deepEqual(states({ attestations: ['sbom'] }, only('sbom')), ['allow', 'passed'])
    assert.deepEqual(states({ runbookDays: 179 }, only('runbook-fresh')), ['allow', 'passed'])
    assert.deepEqual(states({ runbookDays: 181 }, only('runbook-fresh')), ['deny', 'failed'])
    assert.deepEqual(states({ waived: ['licence'] }, only('licence')), ['allow', 'waived'])
  })
  it('says what would be another, field by field, and how it stands in force', () => {
    const inForce = policy({ '1/production': { approvals: { count: 1 }, checks: ['tests'] } })
    const candidate = policy({ '1/production': { approvals: { count: 2 }, checks: ['tests'] } })
    const tried = tryPolicy(place, none, { inForce, candidate }, NOW)
    assert.deepEqual(tried.changes, [{ field: 'approvals.count', before: 1, after: 2 }])
    assert.equal(tried.inForce?.row.approvals.count, 1)
  })
})
