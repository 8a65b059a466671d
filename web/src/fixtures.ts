/** Things for the tests to look at; whatever a test does not name is unremarkable. */
import type { Artifact } from './api/artifacts.ts'
import type { PlanItem, ReleasePlanDetail } from './api/plans.ts'
import type { DeploymentDetail, PromotionDetail, Tick } from './api/rollouts.ts'

export function deployment(facts: Partial<DeploymentDetail> = {}): DeploymentDetail {
  return {
    id: 'dep_1',
    promotion: 'prm_1',
    service: 'checkout',
    environment: 'prod',
    environmentKind: 'production',
    tier: 1,
    kind: 'forward',
    release: 'rel_2',
    version: '1.2.0',
    artifact: 'sha256:0f',
    sha: 'abc1234',
    by: 'system',
    status: 'running',
    since: 0,
    step: 0,
    weight: 10,
    weights: [{ at: 10_000, step: 0, weight: 10 }],
    startedAt: 0,
    readyAt: 5_000,
    exposedAt: 10_000,
    finishedAt: null,
    outcome: null,
    reason: null,
    verdict: null,
    brake: null,
    unproven: [],
    smoke: null,
    noReturn: null,
    fixes: null,
    plan: {
      service: 'checkout',
      environment: 'prod',
      release: 'rel_2',
      version: '1.2.0',
      artifact: 'sha256:0f',
      argv: ['node', 'server.js'],
      health: '/healthz',
      env: {},
      strategy: 'canary',
      steps: [
        { weight: 10, bakeMs: 60_000 },
        { weight: 50, bakeMs: 60_000 },
      ],
      bakeMs: 120_000,
      readyMs: 60_000,
      replicas: 2,
      policy: 'default 1/production',
      analysis: {
        alpha: 0.01,
        delta: 1e-4,
        tickMs: 10_000,
        requestsMin: 100,
        automaticRollback: true,
      },
    },
    returnPoint: {
      deployment: 'dep_0',
      release: 'rel_1',
      version: '1.1.0',
      artifact: 'sha256:0e',
    },
    undoes: null,
    forecast: null,
    resting: null,
    deadline: null,
    preview: null,
    belowFloor: null,
    revision: 4,
    ticks: [],
    shadows: [],
    ...facts,
  }
}

export function tick(at: number, bad = 0): Tick {
  return {
    at,
    canary: { requests: 10, bad, slow: 0 },
    stable: { requests: 90, bad: 0, slow: 0 },
    verdict: { verdict: 'continue', reason: 'healthy', evidence: 1, threshold: 100, ratio: 1 },
    trouble: null,
    slis: [],
    gauges: {},
  }
}

export function promotion(facts: Partial<PromotionDetail> = {}): PromotionDetail {
  const { plan } = deployment()
  return {
    id: 'prm_1',
    service: 'checkout',
    environment: 'prod',
    release: 'rel_2',
    version: '1.2.0',
    origin: 'person',
    status: 'waiting',
    requestedBy: 'ana',
    plannedAt: 0,
    startedAt: null,
    endedAt: null,
    deployment: null,
    outcome: null,
    reason: null,
    supersededBy: null,
    fixes: null,
    acceptance: null,
    history: [],
    forecast: null,
    revision: 1,
    plan,
    planHash: 'sha256:1',
    approvals: {
      rule: {
        count: 1,
        ownersMin: 0,
        ownerTeam: 'payments',
        expiresMs: 86_400_000,
        excluded: [{ actor: 'wil', why: 'wrote abc1234' }],
      },
      given: [],
      missing: 1,
      ownersMissing: 0,
    },
    verdict: {
      verdict: 'wait',
      reasons: [
        {
          code: 'approval.missing',
          state: 'waiting',
          message: '1 more approval is needed.',
          remedy: 'Ask one of those who can act.',
          policy: 'default 1/production',
        },
      ],
      whoCanAct: ['ines'],
    },
    ...facts,
  }
}

export function artifact(facts: Partial<Artifact> = {}): Artifact {
  return {
    digest: 'sha256:0f',
    service: 'checkout',
    repository: 'https://git.example/checkout',
    branch: 'main',
    sha: 'abc1234',
    run: 'run_1',
    layer: 'sha256:1a',
    size_bytes: 1,
    files: 1,
    complete: true,
    elsewhere: null,
    attestations: [
      { predicateType: 'https://slsa.dev/provenance/v1', digest: 'sha256:a1', keyId: 'k1' },
      { predicateType: 'https://cyclonedx.org/bom', digest: 'sha256:a2', keyId: 'k1' },
    ],
    trouble: null,
    published_at: 0,
    pruned_at: null,
    pruned_by: null,
    pruned_why: null,
    removed_at: null,
    ...facts,
  }
}

export function item(facts: Partial<PlanItem> = {}): PlanItem {
  return {
    service: 'checkout',
    release: 'rel_2',
    version: '2.0.0',
    after: [],
    group: 'all',
    status: 'waiting',
    promotion: null,
    undo: null,
    waits: null,
    reason: null,
    ...facts,
  }
}

export function releasePlan(facts: Partial<ReleasePlanDetail> = {}): ReleasePlanDetail {
  return {
    id: 'spring',
    environment: 'prod',
    status: 'running',
    outcome: null,
    source: { kind: 'named' },
    plannedBy: 'ana',
    plannedAt: 0,
    startedAt: 0,
    endedAt: null,
    services: ['checkout'],
    halted: null,
    revision: 3,
    items: [item()],
    groups: [],
    waits: [],
    tasks: [],
    history: [],
    ...facts,
  }
}
