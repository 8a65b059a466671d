import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorize } from '#access/permissions.ts'
import { Engine } from '#engine/engine.ts'
import type { Routes } from '#engine/routing.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { DAY, deployed, HOUR, START, told } from '../../../test/support/observations.ts'
import { serve } from '../../../test/support/routes.ts'
import { KnownFacts } from '../queries/observations.ts'
import { recordObservations } from '../reconcilers/record.ts'
import { figureRoutes } from './figures.ts'
import { trendRoutes } from './trend.ts'

const WINDOW = 'from=2026-03-02&to=2026-03-09'

test('figures, what they are of, and what they are not asked', async (t) => {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views: [], authorize, log: quiet })
  await engine.prepare()
  const known = new KnownFacts(engine.reads)
  const routes: Routes = (app, context) => {
    figureRoutes(known)(app, context)
    trendRoutes(known)(app, context)
  }
  const ask = serve(t, routes, { engine, now: () => START + 30 * DAY })('olga', 'viewer')
  const get = async (path: string) => (await ask('GET', path)).json as Record<string, unknown>
  const lines = told([
    ['service.registered', 0, { tier: 1 }],
    deployed('a', 1),
    deployed('b', 2, { service: 'till' }),
    deployed('c', 26, { outcome: 'failed' }),
  ])
  await recordObservations(engine, lines, { actor: SYSTEM, now: START })
  const report = await get(`/insights?${WINDOW}`)
  const { K1 } = report['kpis'] as Record<string, { value: number; tiers: object }>
  assert.equal(K1?.value, 2 / 7)
  assert.deepEqual(Object.keys(K1?.tiers ?? {}), ['1', 'unknown'])
  assert.equal(Object.keys(report['kpis'] ?? {}).length, 20)
  const one = await get(`/insights?${WINDOW}&kpi=deployment-frequency&service=till`)
  assert.deepEqual(Object.keys(one['kpis'] ?? {}), ['K1'])
  const { counted, parts } = await get(`/insights/counted/K1?${WINDOW}`)
  assert.equal(counted, 3)
  assert.deepEqual((parts as { id: string; from: string[] }[])[0]?.from, ['test:e1'])
  const { services } = await get(`/insights/services?${WINDOW}`)
  assert.deepEqual(
    (services as { service: string; deploymentFrequency: { n: number } }[]).map((row) => [
      row.service,
      row.deploymentFrequency.n,
    ]),
    [
      ['shop', 1],
      ['till', 1],
    ],
  )
  const before = await get(`/insights?${WINDOW}&asOf=${START + 1.5 * HOUR}&kpi=K1`)
  assert.equal((before['kpis'] as Record<string, { n: number }>)['K1']?.n, 1)
  const trend = await get(`/insights/trend?${WINDOW}&kpi=K1&points=7`)
  const points = (trend['kpis'] as Record<string, { value: number | null; n: number }[]>)['K1']
  assert.deepEqual(
    points?.map(({ n }) => n),
    [2, 0, 0, 0, 0, 0, 0],
    'by days; the failed one is no deployment',
  )
  const split = await get(`/insights/split/K1?${WINDOW}&by=service`)
  assert.deepEqual(
    (split['rows'] as { name: string; n: number }[]).map(({ name, n }) => [name, n]),
    [
      ['shop', 1],
      ['till', 1],
    ],
  )
  const code = async (path: string) => (await get(path))['code']
  assert.equal(await code('/insights?service=shopp'), 'service.unknown')
  assert.equal(await code('/insights?kpi=K21'), 'request.unknown-figure')
  assert.equal(await code('/insights?from=soon'), 'request.bad-instant')
  assert.equal(await code('/insights?from=2026-03-09&to=2026-03-02'), 'request.empty-window')
})
