/** Who and what there is: services of all tiers, their paths, people with roles, two policies. */
import type { EnvironmentSpec, ServiceSpec, Tier } from '#catalog/events.ts'
import type { PolicyDocument, PolicyRow } from '#gates/events.ts'
import type { Actor, Role } from '#kernel/actor.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

export interface Person extends Actor {
  readonly emails: readonly string[]
  readonly teams: readonly string[]
}

const person = (id: string, roles: readonly Role[], team: string): Person => ({
  id,
  kind: 'person',
  roles,
  emails: [`${id}@example.org`],
  teams: [team],
})

/** Those who write also approve, operate, and forget which of it was theirs. */
export const PEOPLE: readonly Person[] = [
  person('ana', ['developer', 'approver'], 'team-web'),
  person('ben', ['developer', 'approver', 'operator'], 'team-web'),
  person('cy', ['operator', 'approver'], 'team-pay'),
  person('dee', ['developer'], 'team-pay'),
  person('eli', ['admin'], 'team-pay'),
  person('fay', ['approver'], 'team-web'),
  person('gus', ['viewer'], 'team-web'),
]

/** It tells what it found by a check that two tiers ask for in production. */
export const RUNNER: Actor = { id: 'runner', kind: 'service-account', roles: ['developer'] }
export const SOAK = 'soak'

const ENVIRONMENTS = {
  dev: { kind: 'development', from: 4_000 },
  staging: { kind: 'staging', from: 5_000 },
  prod: { kind: 'production', from: 6_000 },
} as const

export const environments: readonly EnvironmentSpec[] = Object.entries(ENVIRONMENTS).map(
  ([name, { kind, from }]) => ({ name, description: '', kind, ports: { from, to: from + 999 } }),
)

const WAVES = [
  { name: 'first', sharePercent: 25 },
  { name: 'rest', sharePercent: 75 },
]

const NAME = 'service-'
/** Others than these are of tier 0. */
export const tierOf = (service: string) => (Number(service.slice(NAME.length)) % 4 || 0) as Tier

export function serviceSpec(n: number): ServiceSpec {
  const strategy = ([undefined, 'canary', 'rolling', 'blue-green'] as const)[(n + (n >> 2)) % 4]
  const isInWaves = strategy === 'rolling' && n % 2 === 1
  return {
    name: `${NAME}${n}`,
    description: '',
    owner: n % 2 === 0 ? 'team-web' : 'team-pay',
    tier: tierOf(`${NAME}${n}`),
    dependsOn: n > 0 && n % 5 === 0 ? [`service-${n - 1}`] : [],
    source: { repository: '/repository', branch: 'main', directory: '.', paths: ['**'] },
    versioning: { scheme: 'semver', tagPrefix: 'v' },
    template: 'paved-road/node-service@1',
    artifact: { kind: 'tarball' },
    path: n % 3 === 0 ? ['dev', 'staging', 'prod'] : ['dev', 'prod'],
    deploy: {
      target: 'process',
      run: { argv: ['node', 'server.js'], health: '/healthz', env: {} },
      ...(isInWaves ? { replicas: 4, waves: WAVES } : { replicas: 2 }),
      ...(strategy !== undefined && { strategy }),
    },
    links: {},
  }
}

/** A look every other minute, so that a day of many services is not a week of ticks. */
const tickMs = 2 * MINUTE_MS
const before: PolicyRow = {
  checks: [],
  bakeMs: 2 * MINUTE_MS,
  analysis: { tickMs, requestsMin: 0 },
}
const production: PolicyRow = {
  checks: [],
  approvals: { count: 0, ownersMin: 0 },
  steps: [
    { weight: 10, bakeMs: 4 * MINUTE_MS },
    { weight: 50, bakeMs: 4 * MINUTE_MS },
  ],
  bakeMs: 4 * MINUTE_MS,
  waveBakeMs: { first: 8 * MINUTE_MS, later: 4 * MINUTE_MS },
  analysis: { tickMs, requestsMin: 100 },
}
const asked = (count: number, ownersMin: number) => ({ count, ownersMin, expiresMs: 12 * HOUR_MS })
const usual: Readonly<Record<string, PolicyRow>> = {
  '*/development': before,
  '*/staging': before,
  '*/production': production,
  '0/production': { approvals: asked(2, 1), queue: 'queue', checks: [SOAK] },
  '1/production': { approvals: asked(1, 0), checks: [SOAK] },
}

const documentOf = (rows: Readonly<Record<string, PolicyRow>>): PolicyDocument => ({
  name: 'default',
  description: '',
  rows,
})

export const POLICIES: readonly PolicyDocument[] = [
  documentOf(usual),
  // Some places want a person to look before anything is undone, and more signatures.
  documentOf({
    ...usual,
    '1/production': { approvals: asked(2, 0), queue: 'queue', checks: [SOAK] },
    '2/production': { analysis: { tickMs, requestsMin: 100, automaticRollback: false } },
    '3/production': { strategy: 'canary', bakeMs: 2 * MINUTE_MS },
  }),
]

/** Production is visited; one service in five hardly, and before production nobody looks. */
export function requestsPerSecond(service: string, environment: string): number {
  if (environment !== 'prod') return 0
  return service.endsWith('4') ? 0.02 : 40
}
