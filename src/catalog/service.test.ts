import assert from 'node:assert/strict'
import test from 'node:test'
import { given } from '../../test/support/given.ts'
import {
  type EnvironmentManifest,
  environmentManifest,
  environmentSpec,
  serviceManifest,
  serviceSpec,
} from './commands.ts'
import { type EnvironmentEvent, type ServiceEvent, INSTANCE_PORTS } from './events.ts'
import { environment, service } from './service.ts'

const asked = { at: 7, by: 'ana' }
const manifest = {
  apiVersion: 'signalbox.dev/v1',
  kind: 'Service',
  metadata: { name: 'shop', owner: 'web', tier: 1 },
  spec: {
    source: { repository: '/r.git' },
    template: 'paved-road/node-service@1',
    path: ['staging', 'prod'],
    deploy: { run: { argv: ['node', 'server.js'], health: '/healthz' } },
  },
}
const spec = serviceSpec(serviceManifest.parse(manifest))
const apply = (change: Partial<typeof spec> = {}) =>
  ({ type: 'service.apply', ...asked, spec: { ...spec, ...change } }) as const
const registered: ServiceEvent = { type: 'service.registered', ...asked, spec }

/** As jsonb gives it back: shorter keys first, what is undefined left out. */
function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)),
        )
      : part,
  ) as T
}

test('a service is registered once; its manifest applied again changes nothing', () => {
  given(service).when(apply()).then(registered)
  given(service, registered).when(apply()).then()
  given(service, stored(registered)).when(apply()).then()
  given(service, stored(registered))
    .when(apply({ strategy: undefined } as object))
    .then()
})

test('a changed manifest changes the service, the order of lists included', () => {
  const changed = { ...spec, path: ['prod', 'staging'] }
  given(service, stored(registered))
    .when(apply(changed))
    .then({ type: 'service.changed', ...asked, spec: changed })
})

test('a service says where its source is, and does not wait for itself', () => {
  const nowhere = serviceSpec(serviceManifest.parse({ ...manifest, spec: withoutSource() }))
  given(service)
    .when({ ...apply(), spec: nowhere })
    .thenRejected('service.no-repository')
  given(service)
    .when(apply({ dependsOn: ['shop'] }))
    .thenRejected('service.depends-on-itself')
  const found = serviceSpec(serviceManifest.parse({ ...manifest, spec: withoutSource() }), '/f.git')
  assert.equal(found.source.repository, '/f.git')
})

function withoutSource() {
  const { source: _, ...rest } = manifest.spec
  return rest
}

test('a manifest cannot reach out of its repository, nor be called what no host is', () => {
  const bad = (change: { metadata?: object; source?: object; run?: object }) =>
    serviceManifest.safeParse({
      ...manifest,
      metadata: { ...manifest.metadata, ...change.metadata },
      spec: {
        ...manifest.spec,
        source: { ...manifest.spec.source, ...change.source },
        deploy: { run: { ...manifest.spec.deploy.run, ...change.run } },
      },
    }).success
  assert.ok(bad({}))
  for (const name of ['', 'Shop', 'a_b', '-a', 'a-', '../x', 'a'.repeat(61)])
    assert.ok(!bad({ metadata: { name } }), name)
  for (const directory of ['/etc', '..', 'a/../../b'])
    assert.ok(!bad({ source: { directory } }), directory)
  assert.ok(!bad({ source: { repository: 'x'.repeat(501) } }))
  assert.ok(!bad({ run: { argv: [] } }))
  assert.ok(!bad({ run: { health: 'healthz' } }))
  assert.ok(!bad({ metadata: { tier: 4 } }))
})

test('batches, waves and warmth are bounded where they are written', () => {
  const reads = (deploy: object) =>
    serviceManifest.safeParse({
      ...manifest,
      spec: { ...manifest.spec, deploy: { ...manifest.spec.deploy, ...deploy } },
    }).success
  const waves = (share: string) => ({ waves: ['a', 'b'].map((name) => ({ name, share })) })
  for (const batch of [1, 20, '1%', '100%']) assert.ok(reads({ rolling: { batch } }), `${batch}`)
  for (const batch of [0, 21, '0%', '101%', '1.5%', 'all'])
    assert.ok(!reads({ rolling: { batch } }), `${batch}`)
  assert.ok(reads(waves('50%')))
  for (const share of ['0%', '100%', '-1%', '50']) assert.ok(!reads(waves(share)), share)
  assert.ok(!reads({ waves: [{ name: 'a' }, { name: 'b' }] }))
  assert.ok(reads({ blueGreen: { warm: '24h' } }))
  for (const warm of ['25h', 'long', '']) assert.ok(!reads({ blueGreen: { warm } }), warm)
})

test('waves that cannot be gone through are refused where they are written', () => {
  const waves = (...shares: number[]) =>
    shares.map((sharePercent, i) => ({ name: `wave-${i}`, sharePercent }))
  const refused = (deploy: object) =>
    given(service)
      .when(apply({ deploy: { ...spec.deploy, ...deploy } }))
      .thenRejected('service.waves')
  refused({ waves: waves(10, 20, 70) })
  refused({ replicas: 5, waves: waves(10, 20) })
  refused({ replicas: 5, waves: waves(10, 90), strategy: 'canary' })
  refused({ replicas: 5, waves: [...waves(50), ...waves(50)] })
  refused({ replicas: 5, waves: [...waves(50), { name: 'rest', targets: ['a'] }] })
})

const place = (kind: EnvironmentManifest['spec']['kind'], from = 5000) =>
  environmentSpec(
    environmentManifest.parse({
      apiVersion: 'signalbox.dev/v1',
      kind: 'Environment',
      metadata: { name: 'prod' },
      spec: { kind, ports: { from, to: 6000 } },
    }),
  )
const applied = (made: ReturnType<typeof place>) =>
  ({ type: 'environment.apply', ...asked, spec: made }) as const

test('an environment keeps its kind; all else may change', () => {
  const made = place('production')
  const begun: EnvironmentEvent = { type: 'environment.registered', ...asked, spec: made }
  given(environment).when(applied(made)).then(begun)
  given(environment, stored(begun)).when(applied(made)).then()
  const moved = place('production', 5500)
  given(environment, begun)
    .when(applied(moved))
    .then({ type: 'environment.changed', ...asked, spec: moved })
  given(environment, begun)
    .when(applied(place('staging')))
    .thenRejected('environment.other-kind')
  assert.throws(() => place('production', 6001), /from is after to/)
})

test('the ports of an environment are none that instances are given', () => {
  const { first, last } = INSTANCE_PORTS
  const between = (from: number, to: number) =>
    applied({ ...place('production'), ports: { from, to } })
  for (const [from, to] of [
    [first, last],
    [first - 10, first],
    [last, last + 10],
    [first - 1, last + 1],
    [first + 5, first + 6],
  ] as const)
    given(environment).when(between(from, to)).thenRejected('environment.ports-taken')
  for (const [from, to] of [
    [first - 10, first - 1],
    [last + 1, last + 10],
  ] as const) {
    const { spec } = between(from, to)
    given(environment)
      .when(between(from, to))
      .then({ type: 'environment.registered', ...asked, spec })
  }
})

test('a service may say where its migrations are, and which versions it reads and writes', () => {
  const parse = (change: object) =>
    serviceManifest.safeParse({ ...manifest, spec: { ...manifest.spec, ...change } })
  const schema = { dialect: 'postgresql', migrations: ['db/**/*.sql', '!**/*.down.sql'] }
  const compatibility = { reads: { 'orders/v1': '>=1 <3' }, writes: { orders: '2.1' } }
  const { success, data } = parse({ schema, compatibility })
  assert.ok(success)
  const { schema: kept, compatibility: said } = serviceSpec(data)
  assert.deepEqual([kept, said], [schema, compatibility])
  assert.deepEqual(parse({ compatibility: {} }).data?.spec.compatibility, { reads: {}, writes: {} })
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`a${i}`, '1']))
  for (const bad of [
    { schema: { dialect: 'oracle', migrations: ['db/**'] } },
    { schema: { dialect: 'mysql', migrations: [] } },
    { schema: { dialect: 'mysql', migrations: ['../db/**'] } },
    { compatibility: { reads: { orders: 'latest' } } },
    { compatibility: { writes: { orders: '>=1' } } },
    { compatibility: { reads: { 'a b': '1' } } },
    { compatibility: { reads: many } },
  ])
    assert.ok(!parse(bad).success, JSON.stringify(bad))
})
