/** The HTTP server with a few rooms' routes, on a database and a port of its own. Tests only. */
import type { TestContext } from 'node:test'
import type { RouteOptions } from 'fastify'
import { z } from 'zod'
import { actors } from '#access/actor.ts'
import { authorize } from '#access/permissions.ts'
import { routes as accessRoutes } from '#access/routes.ts'
import { views as accessViews } from '#access/views.ts'
import { routes as catalogRoutes } from '#catalog/routes.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import { newSecret, sha256 } from '#engine/ids.ts'
import type { App, Routes } from '#engine/routing.ts'
import type { Database } from '#engine/sql.ts'
import { views as gateViews } from '#gates/views.ts'
import { buildServer } from '#http/server.ts'
import { type Role, SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { routes as incidentRoutes } from '#operations/routes.ts'
import { views as incidentViews } from '#operations/views.ts'
import { routes as releaseRoutes } from '#releases/routes.ts'
import { views as releaseViews } from '#releases/views.ts'
import { applyNeeds } from '../../src/manifest-kinds.ts'
import { quiet, withDatabase } from './database.ts'

const now = () => Date.now()

/** Routes that fail in each way there is, and a runner's. */
const odd: Routes = (app, context) => {
  app.get('/odd/fault', async () => {
    throw new Fault('disk.full', 'No room.', { remedy: 'Make room.' })
  })
  app.get('/odd/bug', async () => {
    throw new Error('a secret of the inside')
  })
  app.post('/odd/number', { schema: { body: z.strictObject({ n: z.int() }) } }, async (r) => r.body)
  app.get('/runner/whoami', async (request) => ({ id: context.actor(request).id }))
}

export interface Place {
  readonly app: App
  readonly engine: Engine
  readonly url: string
  /** `GET /api/v1/me`: every route that is meant to be seen. */
  readonly mounted: readonly string[]
  token(id: string, ...roles: Role[]): Promise<string>
}

export async function place(
  t: TestContext,
  over?: (database: Database) => Promise<Database>,
  publicUrl?: string,
): Promise<Place> {
  const fresh = await withDatabase(t)
  const database = (await over?.(fresh)) ?? fresh
  const views = [...accessViews, ...catalogViews, ...gateViews, ...releaseViews, ...incidentViews]
  const engine = new Engine({ database, views, authorize, log: quiet })
  await engine.prepare()
  const feed = new Feed(database, engine.bus, quiet)
  const mounted: string[] = []
  const note = ({ method, url, schema }: RouteOptions) => {
    const isHidden = schema?.hide === true
    for (const one of isHidden ? [] : [method].flat()) mounted.push(`${one} ${url}`)
  }
  const app = await buildServer({
    engine,
    feed,
    routes: [
      (api) => api.addHook('onRoute', note),
      accessRoutes,
      catalogRoutes,
      releaseRoutes,
      incidentRoutes,
      odd,
    ],
    apply: applyNeeds,
    local: undefined,
    webDir: undefined,
    publicUrl,
    version: '0.0.0',
    log: quiet,
    now,
  })
  await engine.start(false)
  await feed.start()
  t.after(async () => {
    await app.close()
    feed.stop()
    await engine.stop()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, engine, url, mounted, token: (id, ...roles) => tokenFor(engine, id, roles) }
}

async function tokenFor(engine: Engine, id: string, roles: Role[]): Promise<string> {
  const secret = newSecret()
  const asked = { at: now(), by: 'test' }
  const who = { actor: SYSTEM }
  const facts = { kind: 'person' as const, name: id, emails: [], teams: [], roles }
  await engine.execute(actors, id, { type: 'actor.register', ...asked, ...facts }, who)
  const token = { token: `tok_${sha256(secret).slice(0, 8)}`, hash: sha256(secret) }
  const expiresAt = now() + 86_400_000
  await engine.execute(actors, id, { type: 'actor.issueToken', ...asked, ...token, expiresAt }, who)
  return secret
}

export interface Said {
  readonly status: number
  readonly headers: Headers
  readonly json: Record<string, unknown>
}

export async function ask(
  url: string,
  token?: string,
  given: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Said> {
  const { method = given.body === undefined ? 'GET' : 'POST', body, headers } = given
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  }
}
