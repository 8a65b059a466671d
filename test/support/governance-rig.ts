/**
 * What governance looks at, recorded at once: services, people, artifacts, releases, promotions and
 * deployments, on a real database. Tests only.
 */
import type { TestContext } from 'node:test'
import type { ServiceSpec } from '#catalog/events.ts'
import { Engine } from '#engine/engine.ts'
import type { DomainEvent } from '#engine/store.ts'
import { views as evidenceViews } from '#evidence/views.ts'
import { views as insightViews } from '#insights/views.ts'
import type { Actor, Role } from '#kernel/actor.ts'
import type { ReleasedCommit } from '#releases/events.ts'
import type { DeploymentKind } from '#rollouts/events.ts'
import { quiet, withDatabase } from './database.ts'
import { record } from './facts.ts'
import { aPlan } from './rollout-fixtures.ts'
import { VIEWS } from './rooms.ts'

export interface Shipped {
  readonly id: string
  readonly version: string
  readonly sha: string
  readonly at: number
  readonly environment?: string
  readonly service?: string
  readonly tier?: number
  readonly commits?: readonly Partial<ReleasedCommit>[]
  readonly approvedBy?: readonly string[]
  readonly kind?: DeploymentKind
  readonly priority?: 'hotfix' | 'emergency'
  /** Left out: there is one, by the version, with provenance. */
  readonly artifact?: string
  readonly previous?: { readonly release: string; readonly version: string; readonly sha: string }
  readonly requestedBy?: string
}

export const PROVENANCE = 'https://slsa.dev/provenance/v1'
export const digestOfVersion = (version: string) =>
  `sha256:${Buffer.from(version).toString('hex').padEnd(64, '0')}`

export async function governanceRig(t: TestContext, repository = '/repository') {
  const database = await withDatabase(t)
  const views = [...VIEWS, ...evidenceViews, ...insightViews]
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const say = (kind: string, id: string, event: { type: string; [field: string]: unknown }) =>
    record<DomainEvent>(engine, kind, id, { at: 1, by: 'test', ...event })
  const environment = (name: string, kind: string, from: number) =>
    say('environment', name, {
      type: 'environment.registered',
      spec: { name, description: '', kind, ports: { from, to: from + 99 } },
    })
  const person = (id: string, roles: readonly Role[], kind: Actor['kind'] = 'person') =>
    say('actor', id, {
      type: 'actor.registered',
      kind,
      name: id,
      emails: [`${id}@example.org`],
      teams: ['team-web'],
      roles,
    })
  const service = (spec: Partial<ServiceSpec> & { readonly name: string }) =>
    say('service', spec.name, { type: 'service.registered', spec: serviceOf(repository, spec) })
  await environment('staging', 'staging', 4_000)
  await environment('prod', 'production', 5_000)
  return { engine, say, environment, person, service, ...ships(say, repository) }
}

type Say = (
  kind: string,
  id: string,
  event: { type: string; [field: string]: unknown },
) => Promise<void>

function ships(say: Say, repository: string) {
  const artifact = async (
    digest: string,
    service: string,
    sha: string,
    attested = [PROVENANCE],
  ) => {
    const source = { digest, service, repository, branch: 'main', sha, run: `run_${sha}` }
    await say('artifact', digest, {
      type: 'artifact.published',
      ...{ ...source, layer: digest, sizeBytes: 1, files: 1 },
    })
    for (const predicateType of attested)
      await say('artifact', digest, {
        type: 'artifact.attested',
        ...{ digest, predicateType, attestation: digest, keyId: 'sha256:key' },
      })
  }
  const release = async (shipped: Shipped) => {
    const { id, version, sha, at, service = 'shop', commits = [{}], previous } = shipped
    await say('release', `rel_${id}`, {
      type: 'release.created',
      at: at - 100,
      ...{ release: `rel_${id}`, service, version, tag: `v${version}`, repository, sha },
      ...{ artifact: shipped.artifact ?? digestOfVersion(version), run: `run_${sha}` },
      commits: commits.map((each) => ({ ...commitOf(sha), ...each })),
      changelog: '',
      ...(previous && { previous }),
    })
  }
  const deploy = async (shipped: Shipped) => {
    const { id, version, sha, at, service = 'shop', environment = 'prod', kind } = shipped
    const artifactDigest = shipped.artifact ?? digestOfVersion(version)
    const { priority } = shipped
    const plan = { ...aPlan, service, environment, release: `rel_${id}`, version }
    const planned = { ...plan, artifact: artifactDigest, ...(priority && { priority }) }
    const place = { service, environment, release: `rel_${id}`, version }
    const approvers = shipped.approvedBy ?? []
    await say('promotion', `prm_${id}`, {
      type: 'promotion.planned',
      at: at - 50,
      by: shipped.requestedBy ?? 'cy',
      ...{ promotion: `prm_${id}`, ...place, origin: 'person', plan: planned, planHash: 'hash' },
      approvals: { count: approvers.length, ownersMin: 0, ownerTeam: 'x', expiresMs: 1e9 },
    })
    for (const by of approvers)
      await say('promotion', `prm_${id}`, {
        type: 'promotion.approved',
        ...{ at: at - 20, by, planHash: 'hash', teams: [], note: '' },
      })
    const of = { deployment: `dep_${id}`, promotion: `prm_${id}`, ...place }
    const facts = { ...of, artifact: artifactDigest, sha, tier: shipped.tier ?? 1 }
    const kinds = { environmentKind: environment === 'prod' ? 'production' : 'staging' }
    const more = { kind: kind ?? 'forward', returnPoint: null }
    await say('deployment', `dep_${id}`, {
      type: 'deployment.started',
      ...{ at: at - 10, ...facts, ...kinds, ...more, plan: planned, fence: 1 },
    })
    await say('deployment', `dep_${id}`, {
      type: 'deployment.finished',
      ...{ at, ...facts, ...kinds, ...more, startedAt: at - 10, exposedAt: at - 5 },
      ...{ outcome: 'succeeded', reason: '' },
    })
  }
  return { artifact, release, deploy }
}

function commitOf(sha: string): ReleasedCommit {
  const who = { name: 'ana', email: 'ana@example.org' }
  return {
    ...{ sha, author: who, committer: who, coAuthors: [], committedAt: 0 },
    ...{ subject: 'it', kind: 'feat', breaking: false, tickets: ['SHOP-1'] },
  }
}

function serviceOf(
  repository: string,
  spec: Partial<ServiceSpec> & { readonly name: string },
): ServiceSpec {
  return {
    description: '',
    owner: 'team-web',
    tier: 1,
    dependsOn: [],
    source: { repository, branch: 'main', directory: '.', paths: ['**'] },
    versioning: { scheme: 'semver', tagPrefix: 'v' },
    template: 'paved-road/node-service@1',
    artifact: { kind: 'tarball' },
    path: ['staging', 'prod'],
    deploy: {
      target: 'process',
      run: { argv: ['node', 'server.js'], health: '/healthz', env: {} },
      replicas: 2,
    },
    links: {},
    ...spec,
  }
}
