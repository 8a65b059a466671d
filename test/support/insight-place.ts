/** The HTTP server with the routes of insights, hooks among them, on a database of its own. */
import type { TestContext } from 'node:test'
import { authorize } from '#access/permissions.ts'
import { views as accessViews } from '#access/views.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import type { Routes } from '#engine/routing.ts'
import { views as gateViews } from '#gates/views.ts'
import { buildServer } from '#http/server.ts'
import type { HookSource } from '#insights/ports.ts'
import { hearCdevents } from '#connectors/cdevents/webhook.ts'
import { hearTraces } from '#connectors/otlp/traces.ts'
import { readingOf } from '#connectors/shared/hearing.ts'
import { tellingRoutes } from '#insights/routes/telling.ts'
import { hookRoutes } from '#insights/routes/hooks.ts'
import { routes as insightRoutes } from '#insights/routes.ts'
import { views as insightViews } from '#insights/views.ts'
import { views as releaseViews } from '#releases/views.ts'
import { applyNeeds } from '../../src/manifest-kinds.ts'
import { quiet, withDatabase } from './database.ts'

export async function insightPlace(
  t: TestContext,
  sources: readonly HookSource[],
  more: readonly Routes[] = [],
  outside: readonly Routes[] = [],
) {
  const database = await withDatabase(t)
  const views = [...accessViews, ...catalogViews, ...gateViews, ...releaseViews, ...insightViews]
  const engine = new Engine({ database, views, authorize, log: quiet })
  await engine.prepare()
  const feed = new Feed(database, engine.bus, quiet)
  const hooks = hookRoutes(sources)
  const telling = tellingRoutes({
    cdevents: hearCdevents(readingOf()),
    traces: hearTraces(readingOf()),
  })
  const app = await buildServer({
    engine,
    feed,
    routes: [insightRoutes, hooks.inside, telling.inside, ...more],
    outside: [hooks.outside, telling.outside, ...outside],
    apply: applyNeeds,
    local: { id: 'local', kind: 'person', roles: ['admin'] },
    webDir: undefined,
    version: '0.0.0',
    log: quiet,
    now: () => Date.now(),
  })
  await engine.start(false)
  t.after(async () => {
    await app.close()
    feed.stop()
    await engine.stop()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const get = async (path: string) => (await fetch(`${url}/api/v1${path}`)).json()
  return { app, engine, url, get }
}
