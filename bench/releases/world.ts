/**
 * A large platform on record: services in environments, each with a release, written as events and
 * folded in one go. Instances run in memory; everything else is what a server runs.
 */
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import { digestOf } from '#engine/ids.ts'
import type { Reconciler } from '#engine/loop.ts'
import { Engine } from '#engine/engine.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import { appending, type DomainEvent } from '#engine/store.ts'
import type { PolicyRow } from '#gates/events.ts'
import { policyFor } from '#gates/queries.ts'
import { planOf } from '#rollouts/plan.ts'
import { reconcilers } from '#rollouts/reconcilers/room.ts'
import { VIEWS } from '../../src/app.ts'
import { noMetrics } from '../../test/support/no-metrics.ts'
import { SimulatedTarget } from '../../test/support/simulated-target.ts'
import { quiet } from '../cluster.ts'

const PORTS_FROM = 2_000
const DAY_MS = 86_400_000
/** Written at once. */
const WRITERS = 16

export interface Size {
  readonly services: number
  readonly environments: number
  readonly row: PolicyRow
}

export interface BenchWorld {
  readonly engine: Engine
  readonly target: SimulatedTarget
  /** How late each turn was, in milliseconds, since it was last emptied. */
  readonly lags: number[]
  close(): Promise<void>
}

export const serviceName = (n: number) => `service-${n}`
export const environmentName = (n: number) => `environment-${n}`
export const releaseOf = (n: number) => `rel_${n}`
export const promotionOf = (service: number, environment: number) => `prm_${service}_${environment}`

export async function makeWorld(address: DatabaseAddress, size: Size): Promise<BenchWorld> {
  const database = new Database(address, quiet)
  const engine = new Engine({ database, views: VIEWS, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const now = () => Date.now()
  const target = new SimulatedTarget(now)
  const artifacts = {
    materialize: async (digest: string) => ({ ok: true, path: `/${digest}`, digest }) as const,
  }
  const lags: number[] = []
  const metrics = noMetrics
  const needs = { engine, log: quiet, target, artifacts, metrics, prober: target.prober, now }
  engine.use(reconcilers(needs).map((one) => timed(one, lags)))
  await write(engine, catalogOf(size))
  await write(engine, slotsOf(size))
  const close = async () => {
    await engine.stop()
    await database.close()
  }
  return { engine, target, lags, close }
}

function timed(one: Reconciler, lags: number[]): Reconciler {
  return {
    ...one,
    reconcile: (key, turn) => {
      lags.push(turn.lateMs ?? Number.NaN)
      return one.reconcile(key, turn)
    },
  }
}

type Written = readonly [stream: string, event: DomainEvent & { readonly [field: string]: unknown }]

/** As they stand, without deciders; views follow when all is written. */
export async function write(engine: Engine, events: readonly Written[]): Promise<void> {
  let next = 0
  const writer = async () => {
    for (let one = events[next++]; one !== undefined; one = events[next++])
      await engine.database.pool.query(appending(one[0], 0, [one[1]], 'bench'))
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
  await engine.rebuild()
}

const said = { at: Date.now(), by: 'bench' }
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

function environmentSpec(n: number, services: number): EnvironmentSpec {
  const from = PORTS_FROM + n * services
  const ports = { from, to: from + services - 1 }
  return { name: environmentName(n), description: '', kind: 'development', ports }
}

function serviceSpec(n: number, environments: number): ServiceSpec {
  return {
    name: serviceName(n),
    description: '',
    owner: 'team',
    tier: 2,
    dependsOn: [],
    source: { repository: '/repository', branch: 'main', directory: '.', paths: ['**'] },
    versioning: { scheme: 'semver', tagPrefix: 'v' },
    artifact: { kind: 'tarball' },
    path: numbers(environments).map(environmentName),
    deploy: {
      target: 'process',
      run: { argv: ['node', 'server.js'], health: '/healthz', env: {} },
      replicas: 2,
    },
    links: {},
  }
}

function releaseSpec(n: number) {
  const sha = `${n}`.padStart(40, '0')
  const author = { name: 'Ana', email: 'ana@example.org' }
  const commit = { sha, parents: [], author, committer: author, coAuthors: [] }
  const about = { header: 'feat: a change', type: 'feat', scope: '', breaking: false, tickets: [] }
  return {
    release: releaseOf(n),
    service: serviceName(n),
    version: '1.0.0',
    tag: 'v1.0.0',
    artifact: `sha256:${n}`,
    repository: '/repository',
    sha,
    run: `run_${n}`,
    commits: [{ ...commit, ...about, committedAt: said.at }],
    changelog: '',
  }
}

function catalogOf({ services, environments, row }: Size): Written[] {
  const document = { name: 'default', description: '', rows: { '*/development': row } }
  return [
    ['policy-default', { type: 'policy.applied', ...said, document, digest: digestOf(document) }],
    ...numbers(environments).map((n): Written => {
      const spec = environmentSpec(n, services)
      return [`environment-${spec.name}`, { type: 'environment.registered', ...said, spec }]
    }),
    ...numbers(services).flatMap((n): Written[] => {
      const spec = serviceSpec(n, environments)
      const created = { type: 'release.created', ...said, ...releaseSpec(n) }
      return [
        [`service-${spec.name}`, { type: 'service.registered', ...said, spec }],
        [`release-${releaseOf(n)}`, created],
      ]
    }),
  ]
}

function slotsOf({ services, environments }: Size): Written[] {
  return numbers(environments).flatMap((e) =>
    numbers(services).map((s): Written => {
      const [service, environment] = [serviceName(s), environmentName(e)]
      const port = PORTS_FROM + e * services + s
      const opened = { type: 'slot.opened', ...said, service, environment, port }
      return [`slot-${environment}/${service}`, opened]
    }),
  )
}

/** A promotion of the service's release into the environment, exactly as it would be planned. */
export async function planned({ engine }: BenchWorld, size: Size) {
  const { policy, row } = await policyFor(engine.reads, {
    tier: 2,
    environmentKind: 'development',
  })
  return (s: number, e: number): Written => {
    const service = serviceSpec(s, size.environments)
    const environment = environmentSpec(e, size.services)
    const release = releaseSpec(s)
    const plan = planOf({
      service,
      environment,
      release,
      policy,
      row,
      priority: 'normal',
      skips: [],
      dependencies: [],
    })
    const approvals = { ...row.approvals, ownerTeam: service.owner, excluded: [] }
    const promotion = promotionOf(s, e)
    return [
      `promotion-${promotion}`,
      {
        type: 'promotion.planned',
        ...said,
        at: Date.now(),
        promotion,
        service: service.name,
        environment: environment.name,
        release: release.release,
        version: release.version,
        origin: 'automatic',
        plan,
        planHash: digestOf(plan),
        approvals,
      },
    ]
  }
}

export function freezeOf(name: string, urgency?: 'immediate'): Written {
  const everywhere = { environments: ['*'], services: ['*'] }
  const at = Date.now()
  const lasts = { startsAt: at, endsAt: at + DAY_MS }
  const declared = {
    type: 'freeze.declared',
    by: 'bench',
    at,
    freeze: name,
    reason: 'a measurement',
  }
  return [`freeze-${name}`, { ...declared, ...everywhere, ...lasts, ...(urgency && { urgency }) }]
}
