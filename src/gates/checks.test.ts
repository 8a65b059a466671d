import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PREDICATE } from '#artifacts/events.ts'
import type { JobOutcome } from '#pipelines/events.ts'
import { law } from '../../test/support/law.ts'
import { type Evidence, judgeChecks, type ProvedBy } from './checks.ts'
import type { TierPolicy } from './events.ts'
import { builtInRow, TIERS } from './tier-table.ts'
import type { Waiver } from './waiver.ts'

const DAY = 86_400_000
const NOW = 1_000 * DAY
const totals = (passed: number, failed = 0) => ({
  passed,
  failed,
  skipped: 0,
  durationMs: 1,
  failures: [],
})
const nothing: Evidence = {
  environmentKind: 'production',
  artifact: 'sha256:aa',
  artifactKind: 'tarball',
  jobs: [],
  runGoesOn: false,
  attestations: [],
  runbook: {},
  firstInEnvironment: false,
}
const judgeAll = (
  row: TierPolicy,
  evidence: Evidence,
  waivers: readonly Waiver[] = [],
  now = NOW,
) => judgeChecks({ policy: 'built-in', row }, evidence, waivers, now)
const judge = (name: string, evidence: Partial<Evidence>, tier: 0 | 1 | 2 | 3 = 1) => {
  const row = { ...builtInRow(tier, 'production'), checks: [name] }
  const [check] = judgeAll(row, { ...nothing, ...evidence })
  assert.ok(check)
  return check
}
const states = (name: string, evidence: Partial<Evidence>, state: string) =>
  assert.equal(judge(name, evidence).state, state)
const job = (check: string, outcome: JobOutcome, more: Partial<ProvedBy> = {}): ProvedBy => ({
  check,
  job: `the-${check}-job`,
  outcome,
  ...more,
})

describe('a check that jobs prove', () => {
  it('passes when the job succeeded, now or on the same input before', () => {
    states('licence', { jobs: [job('licence', 'succeeded')] }, 'passed')
    states('licence', { jobs: [job('licence', 'cached')] }, 'passed')
  })
  for (const outcome of ['failed', 'timedOut', 'cancelled', 'lost', 'skipped'] as const)
    it(`fails when the job ended as ${outcome}`, () =>
      states('licence', { jobs: [job('licence', outcome)] }, 'failed'))
  it('fails when one of its jobs failed, whatever the others did', () =>
    states('licence', { jobs: [job('licence', 'succeeded'), job('licence', 'failed')] }, 'failed'))
  it('fails when no job proves it, and says how to add one', () => {
    const check = judge('licence', { jobs: [job('tests', 'succeeded')] })
    assert.equal(check.state, 'failed')
    assert.match(check.remedy, /`check: licence`/)
  })
  it('waits while the run goes on', () => states('licence', { runGoesOn: true }, 'pending'))
  it('does not wait for a job that failed already', () =>
    states('licence', { runGoesOn: true, jobs: [job('licence', 'failed')] }, 'failed'))
})

describe('tests', () => {
  const tests = (passed: number, failed = 0) =>
    job('tests', 'succeeded', { tests: totals(passed, failed) })
  it('pass when one passed and none failed', () => states('tests', { jobs: [tests(1)] }, 'passed'))
  it('fail when none ran', () => states('tests', { jobs: [tests(0)] }, 'failed'))
  it('fail when nothing was reported', () =>
    states('tests', { jobs: [job('tests', 'succeeded')] }, 'failed'))
  it('fail when one failed under a job that shrugged it off', () =>
    states('tests', { jobs: [tests(9, 1)] }, 'failed'))
  const named = (count: number) => ({ count, names: [] })
  const doubtful = (quarantined: number, retriedNew: number, failed = quarantined) =>
    job('tests', 'succeeded', {
      tests: totals(9, failed),
      tested: {
        quarantined: named(quarantined),
        retriedNew: named(retriedNew),
        retriedKnown: named(1),
      },
    })
  const inTier = (tier: 0 | 1 | 2, job: ProvedBy) => judge('tests', { jobs: [job] }, tier)
  it('pass by a quarantine, and say so; in tier 0 only by a waiver', () => {
    assert.equal(inTier(1, doubtful(2, 0)).message, '9 tests passed. 2 failed and are quarantined.')
    assert.equal(inTier(1, doubtful(2, 0)).state, 'passed')
    assert.equal(inTier(0, doubtful(2, 0)).state, 'failed')
    assert.match(inTier(0, doubtful(2, 0)).remedy, /waiver/)
    assert.equal(inTier(1, doubtful(2, 0, 3)).state, 'failed')
  })
  it('that passed only on a retry are told, and pass no gate of tiers 0 and 1', () => {
    assert.equal(inTier(1, doubtful(0, 1)).state, 'failed')
    assert.match(inTier(2, doubtful(0, 1)).message, /1 passed only on a retry, for the first time/)
    assert.equal(inTier(2, doubtful(0, 1)).state, 'passed')
    assert.equal(inTier(0, doubtful(0, 0)).state, 'passed')
  })
  it('are counted over all jobs', () => states('tests', { jobs: [tests(0), tests(3)] }, 'passed'))
})

describe('what is signed', () => {
  it('comes from attestations, one for each', () => {
    states('sbom', { attestations: [PREDICATE.sbom] }, 'passed')
    states('sbom', { attestations: [PREDICATE.provenance] }, 'failed')
    states('provenance', { attestations: [PREDICATE.provenance] }, 'passed')
    states('provenance', { attestations: [PREDICATE.sbom] }, 'failed')
    states('signature', { attestations: [PREDICATE.sbom] }, 'passed')
    states('signature', {}, 'failed')
  })
  it('is never vouched for by a job', () => {
    for (const name of ['sbom', 'provenance', 'signature', 'runbook-fresh', 'rollback-drilled'])
      states(name, { jobs: [job(name, 'succeeded')] }, 'failed')
  })
  it('is worth nothing once verification failed', () =>
    states('signature', { attestations: [PREDICATE.sbom], distrusted: 'other bytes' }, 'failed'))
  it('has no image when it is a tarball', () => {
    states('image-scan', {}, 'not-applicable')
    states('image-scan', { artifactKind: 'oci-image' }, 'failed')
  })
})

describe('a runbook', () => {
  const changed = (days: number) => ({ path: 'docs/runbook.md', changedAt: NOW - days * DAY })
  const fresh = (tier: 0 | 1 | 2 | 3, days: number) =>
    judge('runbook-fresh', { runbook: changed(days) }, tier).state === 'passed'
  it('is fresh for as long as the tier says, the end outside', () => {
    assert.deepEqual([fresh(0, 89.9), fresh(0, 90)], [true, false])
    assert.deepEqual([fresh(1, 179.9), fresh(1, 180)], [true, false])
    assert.deepEqual([fresh(2, 364.9), fresh(2, 365)], [true, false])
  })
  it('is missed when it is not linked, or not there', () => {
    states('runbook-fresh', { runbook: {} }, 'failed')
    states('runbook-fresh', { runbook: { path: 'docs/runbook.md' } }, 'failed')
  })
  it('is no matter before production', () =>
    states('runbook-fresh', { environmentKind: 'staging' }, 'not-applicable'))
})

describe('a rollback drill', () => {
  const drilled = (tier: 0 | 1 | 2 | 3, days: number) =>
    judge('rollback-drilled', { lastRollbackAt: NOW - days * DAY }, tier).state
  it('counts for as long as the tier says, the end outside', () => {
    assert.deepEqual([drilled(0, 89.9), drilled(0, 90)], ['passed', 'failed'])
    assert.deepEqual([drilled(1, 179.9), drilled(1, 180)], ['passed', 'failed'])
  })
  it('says how to drill when nobody ever did', () => {
    const check = judge('rollback-drilled', {})
    assert.equal(check.state, 'failed')
    assert.match(check.remedy, /signalbox rollback/)
  })
  it('asks nothing of the first release there', () =>
    states('rollback-drilled', { firstInEnvironment: true }, 'not-applicable'))
  it('is no matter before production', () =>
    states('rollback-drilled', { environmentKind: 'test' }, 'not-applicable'))
})

const leave: Waiver = {
  status: 'approved',
  requestedBy: 'ana',
  check: 'licence',
  subject: 'sha256:aa',
  expiresAt: NOW + DAY,
}

describe('a waived check', () => {
  const row = { ...builtInRow(0, 'production'), checks: ['licence'] }
  const state = (waiver: Waiver, evidence = nothing) => judgeAll(row, evidence, [waiver])[0]?.state
  it('was failed, and says for how long', () => {
    const [check] = judgeAll(row, nothing, [leave, { ...leave, expiresAt: NOW + 2 * DAY }])
    assert.equal(check?.state, 'waived')
    assert.match(check?.message ?? '', /No job .* Waived for another 2d\.$/)
    assert.notEqual(check?.remedy, '')
  })
  it('needs leave for this very check and artifact', () => {
    assert.equal(state({ ...leave, check: 'tests' }), 'failed')
    assert.equal(state({ ...leave, subject: 'sha256:bb' }), 'failed')
    assert.equal(state({ ...leave, status: 'requested' }), 'failed')
    assert.equal(state({ ...leave, status: 'revoked' }), 'failed')
  })
  it('is not waived when it passed, or is not decided', () => {
    assert.equal(state(leave, { ...nothing, jobs: [job('licence', 'succeeded')] }), 'passed')
    assert.equal(state(leave, { ...nothing, runGoesOn: true }), 'pending')
  })
})

const outcome = fc.constantFrom<JobOutcome>('succeeded', 'cached', 'failed', 'lost', 'skipped')
const checkName = fc.constantFrom(...builtInRow(0, 'production').checks, 'constructor', 'load-test')
const instant = fc.integer({ min: NOW - 400 * DAY, max: NOW + 40 * DAY })
const evidence: fc.Arbitrary<Evidence> = fc.record({
  environmentKind: fc.constantFrom('staging', 'production'),
  artifact: fc.constantFrom('sha256:aa', 'sha256:bb'),
  artifactKind: fc.constant('tarball'),
  jobs: fc.array(fc.record({ check: checkName, job: fc.constant('j'), outcome })),
  runGoesOn: fc.boolean(),
  attestations: fc.subarray(Object.values(PREDICATE)),
  runbook: fc.record({
    path: fc.constant('r.md'),
    changedAt: fc.option(instant, { nil: undefined }),
  }),
  lastRollbackAt: fc.option(instant, { nil: undefined }),
  firstInEnvironment: fc.boolean(),
})
const waiver: fc.Arbitrary<Waiver> = fc.record({
  status: fc.constantFrom('requested', 'approved', 'revoked'),
  requestedBy: fc.constant('ana'),
  check: checkName,
  subject: fc.constantFrom('sha256:aa', 'sha256:bb'),
  expiresAt: instant,
})
const row = fc
  .record({ tier: fc.constantFrom(...TIERS), checks: fc.array(checkName) })
  .map(({ tier, checks }) => ({ ...builtInRow(tier, 'production'), checks }))

describe('whatever the evidence', () => {
  law(
    'S13',
    'every required check gets exactly one answer, and none is invented',
    fc.property(row, evidence, fc.array(waiver), instant, (of, facts, waivers, now) => {
      const names = judgeAll(of, facts, waivers, now).map((check) => check.name)
      assert.deepEqual(names, [...new Set(of.checks)])
    }),
  )
  it('no waiver counts at or after its end', () =>
    fc.assert(
      fc.property(row, evidence, fc.array(waiver), instant, (of, facts, waivers, now) => {
        const over = waivers.map((each) =>
          each.status === 'unasked' ? each : { ...each, expiresAt: Math.min(each.expiresAt, now) },
        )
        for (const check of judgeAll(of, facts, over, now)) assert.notEqual(check.state, 'waived')
      }),
    ))
  law(
    'S13',
    'a waiver changes nothing but failed into waived',
    fc.property(row, evidence, fc.array(waiver), instant, (of, facts, waivers, now) => {
      const without = judgeAll(of, facts, [], now)
      for (const [i, check] of judgeAll(of, facts, waivers, now).entries())
        if (check.state === 'waived') assert.equal(without[i]?.state, 'failed')
        else assert.deepEqual(check, without[i])
    }),
  )
  it('whatever failed says what to do', () =>
    fc.assert(
      fc.property(row, evidence, instant, (of, facts, now) => {
        for (const check of judgeAll(of, facts, [], now))
          assert.equal(check.remedy !== '', check.state === 'failed' || check.state === 'pending')
      }),
    ))
})
