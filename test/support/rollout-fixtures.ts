/** Plans, rules, facts and started deployments that tests of rollouts vary. Tests only. */
import type { ApprovalRule, Deployed, PromotionPlan } from '#rollouts/events.ts'
import type { DeploymentCommand } from '#rollouts/commands.ts'
import type { PromotionFacts } from '#rollouts/rules/facts.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

export const aPlan: PromotionPlan = {
  service: 'shop',
  environment: 'prod',
  release: 'rel_2',
  version: '2.0.0',
  artifact: 'sha256:22',
  strategy: 'canary',
  steps: [
    { weight: 5, bakeMs: MINUTE },
    { weight: 50, bakeMs: 2 * MINUTE },
  ],
  bakeMs: 3 * MINUTE,
  readyMs: MINUTE,
  replicas: 2,
  argv: ['node', 'server.js'],
  health: '/healthz',
  env: {},
  policy: '1/production',
  analysis: { alpha: 0.02, delta: 1e-4, tickMs: 10_000, requestsMin: 20, automaticRollback: true },
}

export const aRule: ApprovalRule = {
  count: 2,
  ownersMin: 1,
  ownerTeam: 'team-web',
  expiresMs: 24 * HOUR,
  excluded: [{ actor: 'ana', why: 'wrote 1a2b3c4' }],
}

export const deployedAs = (deployment: string, release: string, version: string): Deployed => ({
  deployment,
  release,
  version,
  artifact: `sha256:${release}`,
})

export const before = deployedAs('dep_1', 'rel_1', '1.0.0')

type Start = Extract<DeploymentCommand, { type: 'deployment.start' }>
export const aStart: Start = {
  type: 'deployment.start',
  at: 0,
  by: 'system',
  deployment: 'dep_2',
  promotion: 'prm_2',
  service: 'shop',
  environment: 'prod',
  environmentKind: 'production',
  tier: 1,
  kind: 'forward',
  release: 'rel_2',
  version: '2.0.0',
  artifact: 'sha256:22',
  sha: 'c0ffee',
  plan: aPlan,
  fence: 7,
  returnPoint: before,
}

/** Nothing stands in the way of these. */
export const clearFacts: PromotionFacts = {
  service: 'shop',
  ownerTeam: 'team-web',
  environment: 'prod',
  release: { release: 'rel_2', version: '2.0.0', createdAt: 2 },
  origin: 'automatic',
  priority: 'normal',
  requestedBy: 'system',
  deployment: 'dep_2',
  policy: '1/production',
  isOnPath: true,
  skips: [],
  upstream: {
    environment: 'staging',
    isValidated: true,
    isVetoed: false,
    isRolledBack: false,
  },
  isVetoed: false,
  checks: [{ name: 'tests', state: 'passed', message: '12 passed', remedy: '', policy: 'row' }],
  planHash: 'hash',
  planChanged: [],
  rule: aRule,
  approvals: [
    { approver: 'ben', at: 0, planHash: 'hash', teams: ['team-web'], note: '' },
    { approver: 'cy', at: 0, planHash: 'hash', teams: [], note: '' },
  ],
  people: [
    { actor: 'ana', teams: ['team-web'], mayApprove: true, mayOperate: true },
    { actor: 'ben', teams: ['team-web'], mayApprove: true, mayOperate: false },
    { actor: 'cy', teams: [], mayApprove: true, mayOperate: true },
    { actor: 'dee', teams: ['team-web'], mayApprove: true, mayOperate: false },
    { actor: 'eli', teams: [], mayApprove: false, mayOperate: false },
  ],
  freezes: [],
  calendar: {
    openings: [{ startsAt: 0, endsAt: null }],
    closures: [],
    windows: [],
    note: '',
  },
  takes: { ms: 10 * MINUTE, reserveMs: 5 * MINUTE, basis: 'by its steps' },
  slot: {
    isOpen: true,
    holder: undefined,
    active: undefined,
    hold: undefined,
    deployed: { release: 'rel_1', version: '1.0.0', createdAt: 1 },
    relation: 'newer',
    isHotfix: false,
  },
  queue: { policy: 'supersede-waiting', protectMs: 24 * HOUR },
  ahead: [],
}
