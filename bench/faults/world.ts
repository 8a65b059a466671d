/** A platform with the real target: processes behind a router on this machine, one lane a rollout. */
import { readFileSync } from 'node:fs'
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import { httpProber } from '#connectors/shared/prober.ts'
import { Engine } from '#engine/engine.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import type { DomainEvent } from '#engine/store.ts'
import type { PolicyRow } from '#gates/events.ts'
import { deployments, slotRow } from '#rollouts/queries.ts'
import { reconcilers } from '#rollouts/reconcilers/room.ts'
import { VIEWS } from '../../src/app.ts'
import { record } from '../../test/support/facts.ts'
import { noMetrics } from '../../test/support/no-metrics.ts'
import { makeProcessHost } from '../../test/support/process-host.ts'
import { packArtifact } from '../../test/support/tarball.ts'
import { quiet } from '../cluster.ts'

const ENVIRONMENT = 'prod'
/** Tier 1 as it is, but for its times, which are a tenth or less. */
const ROW: PolicyRow = {
  checks: [],
  approvals: { count: 0, ownersMin: 0 },
  strategy: 'canary',
  bakeMs: 10_000,
  analysis: {
    tickMs: 1_000,
    dryRunRollouts: 0,
    ramp: {
      capMs: 20_000,
      halfMs: 12_000,
      holdBack: { weight: 95, ms: 5_000 },
      patienceMs: 150_000,
    },
  },
}
const PORTS = { from: 13_000, to: 13_199 }

export async function makeWorld(address: DatabaseAddress) {
  const database = new Database(address, quiet)
  const engine = new Engine({ database, views: VIEWS, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const host = makeProcessHost({ router: 'auto', graceMs: 500, drainMs: 1_000 })
  await host.ensureAgent()
  const packed = new Map<string, { readonly digest: string; readonly path: string }>()
  const artifacts = {
    async materialize(artifact: string) {
      const found = packed.get(artifact)
      if (found === undefined) throw new Error(`${artifact} was never packed`)
      return { ok: true, ...found } as const
    },
  }
  const world = { target: host.target, artifacts, metrics: noMetrics, prober: httpProber }
  engine.use(reconcilers({ engine, log: quiet, ...world, now: () => Date.now() }))
  const say = (kind: string, id: string, event: { type: string; [field: string]: unknown }) =>
    record<DomainEvent>(engine, kind, id, { at: Date.now(), by: 'bench', ...event })
  const spec: EnvironmentSpec = {
    ...{ name: ENVIRONMENT, description: '', kind: 'production', ports: PORTS },
  }
  await say('environment', ENVIRONMENT, { type: 'environment.registered', spec })
  const document = { name: 'default', description: '', rows: { '*/production': ROW } }
  await say('policy', 'default', { type: 'policy.applied', document, digest: 'sha256:bench' })
  await engine.start()
  return {
    service: (name: string) =>
      say('service', name, { type: 'service.registered', spec: serviceNamed(name, host.dir) }),
    async release(service: string, version: string, fault: object, previous?: string) {
      const artifact = `sha256:${service}-${version}`
      packed.set(artifact, packArtifact(host.dir, filesWith(fault)))
      const sha = version.replaceAll('.', '').padStart(40, 'a')
      const release = `rel_${service}_${version}`
      const before = previous && {
        release: `rel_${service}_${previous}`,
        version: previous,
        sha: previous.replaceAll('.', '').padStart(40, 'a'),
      }
      await say('release', release, {
        ...{ type: 'release.created', release, service, version, tag: `v${version}`, artifact },
        ...{ repository: '/repository', sha, run: 'run_1', commits: [], changelog: '' },
        ...(before && { previous: before }),
      })
    },
    async deployment(service: string, version: string) {
      const asked = { service, environment: ENVIRONMENT, limit: 10 }
      const rows = await deployments(engine.reads, asked)
      return rows.find((row) => row.version === version)
    },
    port: async (service: string) =>
      (await slotRow(engine.reads, ENVIRONMENT, service))?.port ?? undefined,
    /** Nothing of the service runs any more. */
    async clear(service: string) {
      const slot = { service, environment: ENVIRONMENT }
      for (const { group } of (await host.target.observe(slot))?.groups ?? [])
        await host.target.retire(slot, Number.MAX_SAFE_INTEGER, group)
    },
    async close() {
      await engine.stop()
      await database.close()
      await host.dispose()
    },
  }
}
export type World = Awaited<ReturnType<typeof makeWorld>>

const BODY = readFileSync(new URL('./service.mjs', import.meta.url))
const filesWith = (fault: object) => [
  { path: 'service.mjs', body: BODY },
  { path: 'fault.json', body: JSON.stringify(fault) },
]

function serviceNamed(name: string, locks: string): ServiceSpec {
  return {
    ...{ name, description: '', owner: 'team', tier: 1, dependsOn: [], links: {} },
    source: { repository: '/repository', branch: 'main', directory: '.', paths: ['**'] },
    versioning: { scheme: 'semver', tagPrefix: 'v' },
    artifact: { kind: 'tarball' },
    path: [ENVIRONMENT],
    deploy: {
      target: 'process',
      run: { argv: ['node', 'service.mjs'], health: '/health', env: { LOCKS: locks } },
      replicas: 3,
    },
  }
}
