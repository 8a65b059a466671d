import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { schemaFacts } from '#releases/compatibility/facts.ts'
import { type Evidence, judgeChecks } from './checks.ts'
import type { TierPolicy } from './events.ts'
import { builtInRow } from './tier-table.ts'
import type { Waiver } from './waiver.ts'

const NOW = 1_000
const evidence: Evidence = {
  environmentKind: 'production',
  artifact: 'sha256:11',
  artifactKind: 'tarball',
  jobs: [],
  runGoesOn: false,
  attestations: [],
  runbook: {},
  firstInEnvironment: false,
}
const facts = (text: string, change: 'new' | 'changed' = 'new') =>
  schemaFacts([{ path: 'db/1.sql', change, text }], 'postgresql')
function judge(
  schema: Evidence['schema'],
  schemaUnknown: TierPolicy['schemaUnknown'] = 'unsafe',
  more: Partial<Evidence> & { readonly waivers?: readonly Waiver[] } = {},
) {
  const row = { ...builtInRow(0, 'production'), checks: ['migration-lint'], schemaUnknown }
  const { waivers = [], ...rest } = more
  const all = { ...evidence, schema, ...rest }
  const [check] = judgeChecks({ policy: 'row', row }, all, waivers, NOW)
  return check ?? assert.fail()
}

describe('the check of migrations', () => {
  it('passes what older releases bear, and says what to mind', () => {
    const check = judge(facts('create index i on orders (id)'))
    assert.equal(check.state, 'passed')
    assert.match(check.message, /Mind db\/1\.sql:1: .*CONCURRENTLY/)
    assert.equal(judge(schemaFacts([], 'mysql')).message, 'It brings no migration.')
  })
  it('fails what takes something away, and says how to go about it', () => {
    const check = judge(facts('create view w as select 1; drop view v;\ndrop table t'))
    assert.equal(check.state, 'failed')
    assert.match(check.message, /^2 steps would break older releases: db\/1\.sql:2 The rows of t/)
    assert.match(check.remedy, /release of its own, once no version inside any rollback window/)
  })
  it('fails a migration that was rewritten', () => {
    const check = judge(facts('create table t (id int)', 'changed'), 'ignore')
    assert.equal(check.state, 'failed')
    assert.match(check.message, /^migration\.rewritten: db\/1\.sql/)
  })
  it('takes what nobody understood as the tier does', () => {
    const unknown = facts('frobnicate')
    assert.equal(judge(unknown, 'unsafe').state, 'failed')
    assert.match(judge(unknown, 'unsafe').remedy, /-- signalbox: additive because/)
    assert.match(judge(unknown, 'warn').message, /^In doubt: 1 step could not/)
    assert.match(judge(unknown, 'ignore').message, /^Older releases/)
  })
  it('is waived as others are', () => {
    const waiver: Waiver = {
      status: 'approved',
      requestedBy: 'ana',
      check: 'migration-lint',
      subject: 'sha256:11',
      expiresAt: NOW + 1,
    }
    assert.equal(judge(facts('drop view v'), 'unsafe', { waivers: [waiver] }).state, 'waived')
  })
  it('does not outvote a job that found more', () => {
    const job = { check: 'migration-lint', job: 'squawk', outcome: 'failed' } as const
    assert.equal(judge(facts('select 1'), 'unsafe', { jobs: [job] }).state, 'failed')
    const fine = { ...job, outcome: 'succeeded' } as const
    assert.equal(judge(facts('select 1'), 'unsafe', { jobs: [fine] }).state, 'passed')
    assert.equal(judge(facts('drop view v'), 'unsafe', { jobs: [fine] }).state, 'failed')
  })
  it('is a job’s where the service declares no schema', () => {
    assert.match(judge(undefined).message, /No job of the run proves migration-lint/)
    const job = { check: 'migration-lint', job: 'lint', outcome: 'succeeded' } as const
    assert.equal(judge(undefined, 'unsafe', { jobs: [job] }).state, 'passed')
  })
})

describe('the tiers', () => {
  it('fear, doubt and pass over what nobody understood, from the highest to the lowest', () =>
    assert.deepEqual(
      ([0, 1, 2, 3] as const).map((tier) => builtInRow(tier, 'production').schemaUnknown),
      ['unsafe', 'unsafe', 'warn', 'ignore'],
    ))
})
