import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { views as accessViews } from '#access/views.ts'
import { serviceManifest, serviceSpec } from '#catalog/commands.ts'
import { serviceNamed } from '#catalog/queries.ts'
import { services } from '#catalog/service.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { jobSpec } from '../../../test/support/job-spec.ts'
import { serve } from '../../../test/support/routes.ts'
import { until } from '../../../test/support/until.ts'
import { servicePins } from '../../service-pins.ts'
import { adoptions } from '../reconcilers/adoptions.ts'
import { runs } from '../run.ts'
import type { Adoption } from '../templates/adoption.ts'
import type { Template } from '../templates/template.ts'
import { views } from '../views.ts'
import { templateRoutes } from './templates.ts'

const [FROM, TO] = ['paved-road/x@1', 'paved-road/x@2']
const HOUR_MS = 3_600_000
const numbered = (version: number, jobs: Template['pipeline']['jobs']): Template => ({
  ...{ name: `paved-road/x@${version}`, version, title: 'X', description: 'X', inputs: {} },
  ...{ changelog: [], pipeline: { jobs } },
})
const ROAD = [
  numbered(1, { test: { run: 'a' } }),
  numbered(2, { test: { run: 'a' }, types: { run: 'b' } }),
]

async function startBench(t: TestContext) {
  const database = await withDatabase(t)
  const all = [...accessViews, ...catalogViews, ...views]
  const engine = new Engine({ database, views: all, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const clock = { now: 1_000_000 }
  const now = () => clock.now
  engine.use([adoptions({ engine, pins: servicePins(engine, now), now })])
  await engine.start(true)
  t.after(() => engine.stop())
  const apply = async (name: string, template: string) => {
    const manifest = serviceManifest.parse({
      apiVersion: 'signalbox.dev/v1',
      kind: 'Service',
      metadata: { name, owner: 'team', tier: 2 },
      spec: {
        source: { repository: `https://example.org/${name}.git` },
        template,
        path: ['dev'],
        deploy: { run: { argv: ['node', 'x'], health: '/healthz' } },
      },
    })
    const command = { type: 'service.apply', at: 1, by: 'x', spec: serviceSpec(manifest) } as const
    await engine.execute(services, name, command, { actor: SYSTEM })
  }
  for (const name of ['a', 'b', 'c']) await apply(name, FROM)
  /** A run of a service by the new number, with one job. */
  const ran = async (service: string, outcome: 'succeeded' | 'failed', run: string) => {
    const asked = { at: clock.now, by: 's' }
    const source = { run, service, repository: 'r', branch: 'main', sha: run.padEnd(40, '0') }
    const how = { directory: '.', trigger: 'push', pipeline: TO, jobs: [jobSpec('test')] } as const
    const execute = (command: Parameters<typeof runs.decider.decide>[0]) =>
      engine.execute(runs, run, command, { actor: SYSTEM })
    await execute({ type: 'run.queue', ...asked, ...source, ...how })
    const lease = { lease: 'l', runner: 'r', expiresAt: clock.now + 1 }
    await execute({ type: 'run.leaseJob', ...asked, job: 'test', ...lease })
    const end = { attempt: 1, lease: 'l', outcome, durationMs: 1, logBytes: 0, logCut: false }
    await execute({ type: 'run.finishJob', ...asked, job: 'test', ...end })
  }
  const as = serve(t, (app, context) => templateRoutes(app, context, ROAD), { engine, now })
  const pinned = async (name: string) => (await serviceNamed(engine.reads, name))?.template
  return { as, clock, ran, pinned, apply }
}

interface Shown {
  readonly id: string
  readonly status: string
  readonly held: { readonly run: string } | null
}

test('a new number reaches its canaries, and then the others', { timeout: 60_000 }, async (t) => {
  const { as, clock, ran, pinned, apply } = await startBench(t)
  const [ana, bo] = [as('ana'), as('bo')]
  const statusOf = async (id: string) =>
    ((await ana('GET', `/templates/proposals/${id}`)).json as Shown).status
  const ask = { to: TO, canaries: ['b'], bake: '1h', reason: 'types' }
  const made = await ana('POST', '/templates/proposals', ask)
  assert.equal(made.status, 201)
  assert.partialDeepStrictEqual(made.json, {
    ...{ status: 'proposed', from: FROM, to: TO, isBreaking: true },
    affected: ['a', 'b', 'c'],
    changes: [{ job: 'types', says: 'is new, and may fail', isBreaking: true }],
  })
  const { id } = made.json as Shown
  const path = `/templates/proposals/${id}`
  const own = await ana('POST', `${path}/approve`, {})
  assert.partialDeepStrictEqual(own, { status: 409, json: { code: 'template.own-proposal' } })
  assert.equal((await bo('POST', `${path}/approve`, {})).status, 200)
  await until('the canary has followed', async () => (await pinned('b')) === TO)
  assert.equal(await pinned('a'), FROM)

  // It fails there: nobody follows, until somebody has looked.
  clock.now += 1_000
  await ran('b', 'failed', 'run_1')
  await until('it is held', async () => (await statusOf(id)) === 'held')
  clock.now += HOUR_MS
  assert.equal((await bo('POST', `${path}/resume`, { reason: 'mended' })).status, 200)
  await ran('b', 'succeeded', 'run_2')
  await until('all have followed', async () => (await statusOf(id)) === 'completed')
  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(pinned)), [TO, TO, TO])

  // A manifest that still says the old number puts its service back, and that is seen.
  await apply('a', FROM)
  const adoption: Adoption = (await ana('GET', '/templates/adoption')).json
  assert.deepEqual(adoption.drift, [
    { service: 'a', owner: 'team', template: FROM, newest: TO, behind: 1, isPinnedBack: true },
  ])
  const listed = (await ana('GET', '/templates/proposals')).json
  assert.partialDeepStrictEqual(listed, [{ from: FROM, to: TO, recorded: { status: 'completed' } }])
})

test('who has gone another way is left there, and wrong names are answered', async (t) => {
  const { as, pinned, apply } = await startBench(t)
  const [ana, bo] = [as('ana'), as('bo')]
  const ask = { to: TO, canaries: ['b'] }
  const codeOf = async (body: object) => {
    const { json } = await ana('POST', '/templates/proposals', body)
    return (json as { code: string }).code
  }
  assert.equal(await codeOf({ ...ask, to: 'paved-road/y@2' }), 'template.unknown')
  assert.equal(await codeOf({ ...ask, to: FROM }), 'template.unknown')
  assert.equal(await codeOf({ ...ask, bake: 'soon' }), 'request.invalid')
  assert.equal(await codeOf({ ...ask, canaries: ['z'] }), 'template.canary-unaffected')
  const { id } = (await ana('POST', '/templates/proposals', ask)).json as Shown
  await apply('b', 'paved-road/other@1')
  await bo('POST', `/templates/proposals/${id}/approve`, {})
  await until('b is left', async () => {
    const { json } = await ana('GET', `/templates/proposals/${id}`)
    return (json as { left: readonly string[] }).left.includes('b')
  })
  assert.equal(await pinned('b'), 'paved-road/other@1')
})
