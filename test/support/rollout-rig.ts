/**
 * A platform in small: real database, engine, views and rollout reconcilers; a simulated target and
 * a virtual clock; what the rooms below would record, recorded at once. Tests only.
 */
import type { TestContext } from 'node:test'
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import { Engine } from '#engine/engine.ts'
import type { DomainEvent } from '#engine/store.ts'
import type { PolicyRow } from '#gates/events.ts'
import type { Role } from '#kernel/actor.ts'
import type { ReleasedCommit, ReleaseEvent } from '#releases/events.ts'
import type { Artifacts, Metrics } from '#rollouts/ports.ts'
import { type PromotionRow, promotions, slotRow } from '#rollouts/queries.ts'
import type { RolloutNeeds } from '#rollouts/reconcilers/needs.ts'
import { reconcilers } from '#rollouts/reconcilers/room.ts'
import { quiet, withDatabase } from './database.ts'
import { record } from './facts.ts'
import { noMetrics } from './no-metrics.ts'
import { VIEWS } from './rooms.ts'
import { SimulatedTarget } from './simulated-target.ts'
import { runUntilQuiet, VirtualClock } from './virtual-loop.ts'

const MINUTE = 60_000

type Released = Extract<ReleaseEvent, { type: 'release.created' }>

export interface RigOptions {
  readonly kill?: (call: string) => void
  readonly metrics?: Metrics
  /** Real time and real processes instead of simulated ones: nothing is run, it runs. */
  readonly real?: Pick<RolloutNeeds, 'target' | 'artifacts' | 'prober'>
}

export async function rolloutRig(
  t: TestContext,
  { kill, real, metrics = noMetrics }: RigOptions = {},
) {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views: VIEWS, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const clock = new VirtualClock()
  const target = new SimulatedTarget(clock.now)
  const untrusted = new Set<string>()
  const artifacts: Artifacts = {
    materialize: async (digest) =>
      untrusted.has(digest)
        ? { ok: false, code: 'artifact.unsigned', message: 'No signature.', remedy: 'Sign it.' }
        : { ok: true, path: `/files/${digest}`, digest },
  }
  const needs = { engine: killable(engine, kill), log: quiet, target, artifacts, metrics }
  const simulated = { ...needs, prober: target.prober, now: clock.now }
  const loops = () => reconcilers(real ? { ...needs, ...real, now: Date.now } : simulated)
  engine.use(loops())
  if (real) {
    clock.advanceTo(Date.now())
    await engine.start()
    t.after(() => engine.stop())
  }
  let created = 0
  /** The line of each service; its newest. */
  const newest = new Map<string, NonNullable<Released['previous']>>()
  const say = (kind: string, id: string, event: { type: string; [field: string]: unknown }) =>
    record<DomainEvent>(engine, kind, id, { at: clock.now(), by: 'test', ...event })
  return {
    engine,
    clock,
    target,
    untrusted,
    say,
    /** Lets everything happen that happens within so long. */
    run: (forMs = 8 * MINUTE) => runUntilQuiet(database, loops, clock, forMs),
    /** Nobody is to be looked at again by itself. */
    rest: () => database.query('test.rest', 'delete from due'),
    async environments(...names: string[]) {
      for (const [i, name] of names.entries())
        await say('environment', name, {
          type: 'environment.registered',
          spec: environment(name, 4_000 + 1_000 * i),
        })
    },
    service: (spec: Partial<ServiceSpec> & { readonly name: string }) =>
      say('service', spec.name, { type: 'service.registered', spec: service(spec) }),
    policy: (rows: Readonly<Record<string, PolicyRow>>) =>
      say('policy', 'default', {
        type: 'policy.applied',
        document: { name: 'default', description: '', rows },
        digest: `sha256:${JSON.stringify(rows).length}`,
      }),
    person: (id: string, roles: readonly Role[], teams: readonly string[] = []) =>
      say('actor', id, {
        type: 'actor.registered',
        kind: 'person',
        name: id,
        emails: [`${id}@x`],
        teams,
        roles,
      }),
    freeze: (environment: string, forMs: number) =>
      say('freeze', 'sale', {
        type: 'freeze.declared',
        freeze: 'sale',
        environments: [environment],
        services: ['*'],
        reason: 'sale',
        startsAt: 0,
        endsAt: clock.now() + forMs,
      }),
    /** Returns its id. */
    async release(
      name: string,
      version: string,
      author = 'nobody@x',
      change: Partial<
        Pick<Released, 'commits' | 'previous' | 'commitsCut' | 'schema' | 'compatibility'>
      > = {},
    ): Promise<string> {
      const release = `rel_${name}_${version}`
      // Two of one instant would have no order.
      clock.advanceTo(clock.now() + 1)
      const sha = `${++created}`.padStart(40, 'a')
      const previous = newest.get(name)
      newest.set(name, { release, version, sha })
      await say('release', release, {
        type: 'release.created',
        release,
        service: name,
        version,
        tag: `v${version}`,
        artifact: `sha256:${name}-${version}`,
        repository: '/repository',
        sha,
        ...(previous && { previous }),
        run: 'run_1',
        commits: [commit(author)],
        changelog: '',
        ...change,
      })
      return release
    },
    slot: async (place: string, name: string) => (await slotRow(engine.reads, place, name))?.state,
    async promotion(place: string, name: string, version: string): Promise<PromotionRow> {
      const rows = await promotions(engine.reads, { service: name, environment: place, limit: 50 })
      const row = rows.find((each) => each.version === version)
      if (row === undefined) throw new Error(`${version} was not promoted to ${place}`)
      return row
    },
    async outcomes(place: string, name: string): Promise<Record<string, string>> {
      const rows = await promotions(engine.reads, { service: name, environment: place, limit: 50 })
      return Object.fromEntries(rows.map((row) => [row.version, row.outcome ?? row.status]))
    },
  }
}

export type Rig = Awaited<ReturnType<typeof rolloutRig>>

/** The engine, with a hook before and after every command. */
function killable(engine: Engine, kill: RigOptions['kill']): Engine {
  if (kill === undefined) return engine
  return new Proxy(engine, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of)
      if (typeof value !== 'function') return value
      if (name !== 'execute' && name !== 'executeAll') return value.bind(of) as unknown
      return async (...args: readonly unknown[]) => {
        kill(`before ${name}`)
        const done: unknown = await Reflect.apply(value, of, args)
        kill(`after ${name}`)
        return done
      }
    },
  })
}

function environment(name: string, from: number): EnvironmentSpec {
  const kind = name.startsWith('prod') ? 'production' : 'development'
  return { name, description: '', kind, ports: { from, to: from + 999 } }
}

function service(spec: Partial<ServiceSpec> & { readonly name: string }): ServiceSpec {
  return {
    description: '',
    owner: 'team-web',
    tier: 2,
    dependsOn: [],
    source: { repository: '/repository', branch: 'main', directory: '.', paths: ['**'] },
    versioning: { scheme: 'semver', tagPrefix: 'v' },
    template: 'paved-road/node-service@1',
    artifact: { kind: 'tarball' },
    path: ['dev', 'prod'],
    deploy: {
      target: 'process',
      run: { argv: ['node', 'server.js'], health: '/healthz', env: {} },
      replicas: 2,
    },
    links: {},
    ...spec,
  }
}

function commit(author: string): ReleasedCommit {
  const who = { name: author, email: author }
  return {
    sha: 'b'.repeat(40),
    author: who,
    committer: who,
    coAuthors: [],
    committedAt: 0,
    subject: 'feat: it',
    kind: 'feat',
    breaking: false,
    tickets: [],
  }
}

/** Rollouts that need no check and no patience, with numbers that a test can reckon with. */
export const QUICK: Readonly<Record<string, PolicyRow>> = {
  '*/development': { checks: [], bakeMs: 20_000 },
  '*/production': {
    checks: [],
    approvals: { count: 0, ownersMin: 0 },
    strategy: 'canary',
    steps: [
      { weight: 10, bakeMs: 30_000 },
      { weight: 50, bakeMs: 30_000 },
    ],
    bakeMs: 30_000,
    queue: 'supersede-waiting',
  },
}
