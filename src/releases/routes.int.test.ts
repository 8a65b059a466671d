import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { EnvironmentEvent, ServiceEvent, ServiceSpec } from '#catalog/events.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { record } from '../../test/support/facts.ts'
import { serve } from '../../test/support/routes.ts'
import { schemaFacts } from './compatibility/facts.ts'
import type { CandidateEvent, ReleaseEvent } from './events.ts'
import { type FreezeRow, freezesFor, type ReleaseRow } from './queries.ts'
import { routes } from './routes.ts'
import { views } from './views.ts'

const DAY = 86_400_000
const NOW = 1_000 * DAY
const fact = { at: NOW, by: 'test' }
type Said = { code: string; remedy: string }

async function room(t: TestContext) {
  const database = await withDatabase(t)
  const all = [...catalogViews, ...views]
  const engine = new Engine({ database, views: all, authorize: () => undefined, log: quiet })
  await engine.prepare()
  const source = { repository: '/r', branch: 'main', directory: '.', paths: ['**'] }
  const spec = { name: 'checkout', tier: 1, owner: 'team', source } as unknown as ServiceSpec
  await record<ServiceEvent>(engine, 'service', 'checkout', {
    type: 'service.registered',
    ...fact,
    spec,
  })
  for (const name of ['staging', 'prod'])
    await record<EnvironmentEvent>(engine, 'environment', name, {
      type: 'environment.registered',
      ...fact,
      spec: { name, description: '', kind: 'production', ports: { from: 1, to: 2 } },
    })
  return { engine, ask: serve(t, routes, { engine, now: () => NOW })('ana') }
}

const created = (release: string, at = NOW): ReleaseEvent => ({
  type: 'release.created',
  at,
  by: 'test',
  release,
  service: 'checkout',
  version: '1.0.0',
  tag: 'v1.0.0',
  artifact: 'sha256:aa',
  repository: '/r',
  sha: 'abc',
  run: 'run_1',
  commits: [],
  changelog: '## 1.0.0',
})

describe('releases over HTTP', () => {
  it('are listed light, newest first, and shown whole', async (t) => {
    const { engine, ask } = await room(t)
    await record(engine, 'release', 'rel_1', created('rel_1'))
    await record(engine, 'release', 'rel_2', created('rel_2', NOW + 1))
    const list = (await ask('GET', '/releases?service=checkout&limit=5')).json as ReleaseRow[]
    assert.deepEqual(
      list.map(({ release }) => release),
      ['rel_2', 'rel_1'],
    )
    assert.ok(!list.some((each) => 'changelog' in each || 'commits' in each))
    const { changelog } = (await ask('GET', '/releases/rel_1')).json as ReleaseRow
    assert.equal(changelog, '## 1.0.0')
    assert.deepEqual((await ask('GET', '/releases?service=other')).json, [])
    assert.equal((await ask('GET', '/releases/rel_9')).status, 404)
  })
  it('show what they do to their schema', async (t) => {
    const { engine, ask } = await room(t)
    const file = { path: 'db/1.sql', change: 'new', text: 'drop table orders' } as const
    const schema = schemaFacts([file], 'postgresql')
    const compatibility = { reads: { orders: '1 || 2' }, writes: { orders: '2' } }
    await record(engine, 'release', 'rel_1', { ...created('rel_1'), schema, compatibility })
    const row = (await ask('GET', '/releases/rel_1')).json as ReleaseRow
    assert.deepEqual([row.schema, row.compatibility], [schema, compatibility])
    const [head] = (await ask('GET', '/releases')).json as object[]
    assert.ok(head !== undefined && !('schema' in head))
  })
  it('are vetoed and wanted again', async (t) => {
    const { engine, ask } = await room(t)
    await record(engine, 'release', 'rel_1', created('rel_1'))
    const body = { environment: 'prod', reason: 'loses every third order' }
    const vetoed = (await ask('POST', '/releases/rel_1/veto', body)).json as ReleaseRow
    assert.deepEqual(vetoed.vetoes, ['prod'])
    assert.deepEqual(vetoed.vetoDetails, [{ ...body, by: 'ana', at: NOW }])
    const { environment: _, ...everywhere } = body
    const both = (await ask('POST', '/releases/rel_1/veto', everywhere)).json as ReleaseRow
    assert.deepEqual(both.vetoes, ['prod', '*'])
    const one = (await ask('POST', '/releases/rel_1/unveto', body)).json as ReleaseRow
    assert.deepEqual(one.vetoes, ['*'])
    const again = await ask('POST', '/releases/rel_1/unveto', body)
    assert.deepEqual([again.status, (again.json as Said).code], [409, 'release.not-vetoed'])
    const misspelt = await ask('POST', '/releases/rel_1/veto', { ...body, environment: 'prd' })
    assert.equal((misspelt.json as Said).code, 'environment.unknown')
    assert.match((misspelt.json as Said).remedy, /mean prod/)
    assert.equal((await ask('POST', '/releases/rel_9/veto', body)).status, 404)
  })
  it('say what was passed over', async (t) => {
    const { engine, ask } = await room(t)
    await record<CandidateEvent>(engine, 'candidate', 'checkout', {
      type: 'candidate.passedOver',
      ...fact,
      service: 'checkout',
      sha: 'abc',
      artifact: 'sha256:aa',
      reason: 'no-releasable-commits',
    })
    const { json } = await ask('GET', '/candidates?service=checkout')
    assert.equal((json as unknown[]).length, 1)
    assert.equal((await ask('GET', '/candidates')).status, 400)
  })
})

describe('freezes over HTTP', () => {
  const body = {
    name: 'year-end',
    environments: ['prod'],
    services: ['*'],
    reason: 'the office is empty',
    endsAt: new Date(NOW + DAY).toISOString(),
  }
  it('hold what they name from now until their end', async (t) => {
    const { engine, ask } = await room(t)
    const { status, json } = await ask('POST', '/freezes', body)
    const { startsAt, endsAt } = json as FreezeRow
    assert.deepEqual([status, startsAt, endsAt], [201, NOW, NOW + DAY])
    const holds = async (environment: string, now: number) =>
      (await freezesFor(engine.reads, { service: 'checkout', environment, tier: 1, now })).length
    assert.deepEqual([await holds('prod', NOW), await holds('prod', NOW + DAY - 1)], [1, 1])
    assert.deepEqual([await holds('prod', NOW - 1), await holds('prod', NOW + DAY)], [0, 0])
    assert.equal(await holds('staging', NOW), 0)
    assert.equal((await ask('POST', '/freezes', body)).status, 201)
    const other = await ask('POST', '/freezes', { ...body, environments: ['*'] })
    assert.equal((other.json as Said).code, 'freeze.exists')
  })
  it('are lifted, and then are shown only to who asks for all', async (t) => {
    const { engine, ask } = await room(t)
    await ask('POST', '/freezes', body)
    assert.equal(((await ask('GET', '/freezes')).json as unknown[]).length, 1)
    const lift = await ask('POST', '/freezes/year-end/lift', { reason: 'everybody is back' })
    assert.equal((lift.json as FreezeRow).liftedBy, 'ana')
    const place = { service: 'checkout', environment: 'prod', tier: 1, now: NOW } as const
    assert.deepEqual(await freezesFor(engine.reads, place), [])
    assert.deepEqual((await ask('GET', '/freezes')).json, [])
    assert.equal(((await ask('GET', '/freezes?all=true')).json as unknown[]).length, 1)
    assert.equal((await ask('POST', '/freezes/none/lift', { reason: 'x' })).status, 404)
  })
  it('are refused when they would freeze nothing', async (t) => {
    const { ask } = await room(t)
    const misspelt = await ask('POST', '/freezes', { ...body, services: ['chekout'] })
    assert.match((misspelt.json as Said).remedy, /mean checkout/)
    const empty = await ask('POST', '/freezes', { ...body, services: [] })
    assert.equal((empty.json as Said).code, 'freeze.no-scope')
    const past = await ask('POST', '/freezes', { ...body, endsAt: 'tomorrow' })
    assert.equal(past.status, 400)
  })
})
