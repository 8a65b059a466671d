import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServiceSpec, Tier } from '#catalog/events.ts'
import type { TierPolicy } from '#gates/events.ts'
import { builtInRow } from '#gates/tier-table.ts'
import { aPlan, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { planOf, rollbackPlanOf } from './plan.ts'
import { whyNotAsAsked } from './strategy.ts'

const service = (strategy?: 'rolling' | 'canary', tier: Tier = 1): ServiceSpec => ({
  name: 'shop',
  description: '',
  owner: 'team-web',
  tier,
  dependsOn: ['payments-api'],
  source: { repository: '/r', branch: 'main', directory: '.', paths: ['**'] },
  versioning: { scheme: 'semver', tagPrefix: 'v' },
  template: 't@1',
  artifact: { kind: 'tarball' },
  path: ['dev', 'prod'],
  deploy: {
    target: 'process',
    run: { argv: ['node', 'server.js'], health: '/healthz', env: { LOG: 'info' } },
    replicas: 2,
    strategy,
  },
  links: {},
})
const row = (strategy: 'rolling' | 'canary', tier: Tier = 1): TierPolicy => ({
  tier,
  checks: [],
  approvals: { count: 0, ownersMin: 0, expiresMs: 1 },
  queue: 'queue',
  hotfix: { queue: 'preempt', bakePercent: 50 },
  emergency: { incident: true, approvers: 1, lastsMs: 1, reviewDays: 3, keeps: [] },
  protectMs: 1,
  stalledMs: 1,
  strategy,
  steps: aPlan.steps,
  batchPercent: 33,
  batchBakeMs: MINUTE,
  waveBakeMs: { first: 60 * MINUTE, later: 30 * MINUTE },
  warmMs: 10 * MINUTE,
  bakeMs: aPlan.bakeMs,
  readyMs: aPlan.readyMs,
  analysis: aPlan.analysis,
  sourceDown: 'closed',
  schemaUnknown: 'unsafe',
  rollbackWindow: { revisions: 5, ms: 86_400_000 },
})
const parts = {
  service: service(),
  environment: { name: 'prod', kind: 'production' },
  release: { release: 'rel_2', version: '2.0.0', artifact: 'sha256:22' },
  policy: '1/production',
  priority: 'normal',
  skips: [],
  row: row('canary'),
  dependencies: [{ service: 'payments-api', port: 4101 }],
} as const

describe('a plan', () => {
  it('is resolved to the last setting', () =>
    assert.deepEqual(planOf(parts), {
      ...aPlan,
      env: { PAYMENTS_API_URL: 'http://127.0.0.1:4101', LOG: 'info' },
    }))
  it('lets the service set an address itself', () => {
    const own = service()
    const env = { PAYMENTS_API_URL: 'http://127.0.0.1:9' }
    const deploy = { ...own.deploy, run: { ...own.deploy.run, env } }
    assert.deepEqual(planOf({ ...parts, service: { ...own, deploy } }).env, env)
  })
  it('of a canary says how far its ramp goes, shorter for a hotfix; nothing else has one', () => {
    const { ramp } = builtInRow(1, 'production').analysis
    assert.ok(ramp)
    const analysis = { ...aPlan.analysis, ramp }
    const of = (strategy: 'canary' | 'rolling', priority: 'normal' | 'hotfix' = 'normal') =>
      planOf({ ...parts, priority, row: { ...row(strategy), analysis } }).analysis.ramp
    assert.deepEqual(of('canary'), ramp)
    const { capMs = 0, holdBack, patienceMs } = of('canary', 'hotfix') ?? {}
    assert.deepEqual([capMs, holdBack?.ms, patienceMs], [450_000, 900_000, ramp.patienceMs])
    assert.equal(of('rolling'), undefined)
    assert.equal(rollbackPlanOf({ ...aPlan, analysis }).analysis.ramp, undefined)
  })
  it('lets metrics that are new to the slot convict nobody, and failures always', () => {
    const of = (judged: Record<string, number>, dryRunRollouts = 2) =>
      planOf({
        ...parts,
        judged,
        row: { ...row('canary'), analysis: { ...aPlan.analysis, dryRunRollouts } },
      }).analysis.dryRun
    assert.deepEqual(of({ p99: 2, p90: 1 }), ['p90', 'rank'])
    assert.equal(of({ p99: 2, p90: 2, rank: 3 }), undefined)
    assert.equal(of({}, 0), undefined)
  })
  it('of a rollback is whole, at once and short', () =>
    assert.deepEqual(rollbackPlanOf(aPlan), {
      ...aPlan,
      strategy: 'rolling',
      steps: [],
      bakeMs: 0,
    }))
})

describe('the strategy', () => {
  const strategy = (
    wish: 'rolling' | 'canary' | undefined,
    of: { tier?: Tier; says?: 'rolling' | 'canary'; kind?: 'production' | 'staging' },
  ) => {
    const { tier = 1, says = 'canary', kind = 'production' } = of
    const environment = { name: 'e', kind }
    return planOf({ ...parts, environment, service: service(wish, tier), row: row(says, tier) })
      .strategy
  }
  it('is what the row says', () => assert.equal(strategy(undefined, {}), 'canary'))
  it('may be more careful than the row', () =>
    assert.equal(strategy('canary', { says: 'rolling', tier: 3 }), 'canary'))
  it('may not be less careful where much is at stake', () =>
    assert.equal(strategy('rolling', { tier: 1 }), 'canary'))
  it('is free where little is', () => assert.equal(strategy('rolling', { tier: 2 }), 'rolling'))
  it('is the row’s outside production, where nobody visits', () =>
    assert.equal(strategy('canary', { says: 'rolling', kind: 'staging' }), 'rolling'))
  it('that is not the one asked for says why', () => {
    const asks = (strategy: 'rolling' | 'canary', tier: Tier, kind: 'production' | 'development') =>
      whyNotAsAsked(service(strategy, tier), kind, 'canary')
    assert.equal(
      asks('rolling', 1, 'production'),
      'shop asks for rolling, less careful than canary: in production tier 1 may only be more so.',
    )
    assert.equal(
      whyNotAsAsked(service('canary', 1), 'development', 'rolling'),
      'shop asks for canary, which is for production: elsewhere its policy row decides.',
    )
    assert.equal(asks('canary', 1, 'production'), undefined)
    assert.equal(whyNotAsAsked(service(undefined, 1), 'production', 'canary'), undefined)
  })
  it('rolls in batches as its tier allows', () => {
    const environment = { name: 'staging', kind: 'staging' } as const
    const steps = (batchPercent: number) =>
      planOf({ ...parts, environment, row: { ...row('rolling'), batchPercent } }).steps
    assert.deepEqual(steps(100), [])
    assert.deepEqual(steps(33), [{ weight: 50, bakeMs: MINUTE, instances: 1 }])
  })
})
