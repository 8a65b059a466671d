/**
 * The HTTP server: one API for the page, the command line, runners and machines. It knows who
 * asks, bounds what they may send, mounts the rooms' routes under /api/v1 and says every "no" in
 * one shape.
 */
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyRequest } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { createHash } from 'node:crypto'
import type { Engine } from '#engine/engine.ts'
import type { Metric } from '#engine/exposition.ts'
import type { Feed } from '#engine/feed.ts'
import { newId, type IdPrefix } from '#engine/ids.ts'
import type { Logger } from '#engine/log.ts'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import type { Actor } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { type ApplyNeeds, mountApply } from './apply.ts'
import { authenticate, type Authentication } from './authentication.ts'
import { mountHealth } from './health.ts'
import { errorHandler, problemOf, send, unknownThing } from './problem.ts'
import type { PushSettings } from './push-metrics.ts'
import { mountStream } from './stream.ts'
import { mountNoWeb, mountWeb } from './web.ts'

const BODY_BYTES_MAX = 4 * 1024 * 1024
/** A page that a person clicks through makes tens a minute; a runaway script makes thousands. */
const REQUESTS_PER_MINUTE = 6_000

export interface ServerParts {
  readonly engine: Engine
  readonly feed: Feed
  readonly routes: readonly Routes[]
  readonly apply: ApplyNeeds
  /** Flags by the OpenFeature Remote Evaluation Protocol, at the addresses that it asks for. */
  readonly ofrep?: ((app: App) => void) | undefined
  /** At addresses that others chose: webhooks in, which sign and know no token, and traces. */
  readonly outside?: readonly Routes[] | undefined
  /** The audit log's files, at the addresses that readers of such logs know. */
  readonly logFiles?: ((app: App) => void) | undefined
  readonly local: Actor | undefined
  /** Folder of the built web page; undefined serves the API alone. */
  readonly webDir: string | undefined
  /** How people reach the server, when a proxy stands before it. */
  readonly publicUrl?: string | undefined
  readonly version: string
  readonly log: Logger
  readonly noteUse?: Authentication['noteUse']
  /** What rooms count, for Prometheus. */
  readonly measure?: ((hasNames: boolean) => Promise<readonly Metric[]>) | undefined
  /** Where that is pushed too. */
  readonly push?: PushSettings | undefined
  now(): number
}

export async function buildServer(parts: ServerParts): Promise<App> {
  const { engine, log } = parts
  const server = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    // Streams stay open for days; closing the server must not wait for them.
    forceCloseConnections: true,
    genReqId: () => newId('act', parts.now()),
  }).withTypeProvider<ZodTypeProvider>()
  const app: App = server
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(errorHandler(log))
  await app.register(cookie)
  await app.register(helmet, { contentSecurityPolicy: { directives: CONTENT_POLICY } })
  await app.register(rateLimit, {
    max: REQUESTS_PER_MINUTE,
    timeWindow: '1 minute',
    // A runner asks for each file it lacks; its token can do nothing else.
    allowList: (request) => request.routeOptions.url?.startsWith('/api/v1/runner/') === true,
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Signalbox', version: parts.version },
    },
    transform: jsonSchemaTransform,
  })
  const isHttps = /^https:/i.test(parts.publicUrl ?? '')
  const { local, noteUse, now } = parts
  authenticate(app, { engine, local, isHttps, noteUse, now })
  app.addHook('onRequest', refuseRehearsal)
  const watching = { clients: 0 }
  const push = parts.push && { ...parts.push, version: parts.version, log, now }
  mountHealth(app, { engine, watching, metrics: parts.measure, push })
  const context = contextOf(parts)
  await app.register(
    async (api) => {
      const typed = api.withTypeProvider<ZodTypeProvider>()
      for (const mount of parts.routes) mount(typed, context)
      mountApply(typed, context, parts.apply)
      mountStream(typed, parts.feed, watching)
      typed.get('/openapi.json', { schema: { hide: true }, config: { open: true } }, async () =>
        app.swagger(),
      )
      typed.get('/me', async (request) => context.actor(request))
    },
    { prefix: '/api/v1' },
  )
  const { ofrep, logFiles } = parts
  if (ofrep !== undefined)
    await app.register(async (scope) => ofrep(scope.withTypeProvider<ZodTypeProvider>()))
  for (const mount of parts.outside ?? [])
    await app.register(async (scope) => mount(scope.withTypeProvider<ZodTypeProvider>(), context))
  if (logFiles !== undefined)
    await app.register(async (scope) => logFiles(scope.withTypeProvider<ZodTypeProvider>()))
  if (parts.webDir !== undefined) await mountWeb(app, parts.webDir)
  else mountNoWeb(app)
  return app
}

/** Nothing from elsewhere, nothing inline but styles, which the chart library sets. */
const CONTENT_POLICY = {
  defaultSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  upgradeInsecureRequests: null,
}

function contextOf({ engine, now }: ServerParts): RouteContext {
  const actor = (request: FastifyRequest): Actor => {
    if (request.actor === undefined) throw new Error(`${request.url} was let in without an actor`)
    return request.actor
  }
  return {
    engine,
    now,
    actor,
    request: (request) => ({
      actor: actor(request),
      // What is rehearsed is not remembered, and answers nothing that comes after it.
      idempotencyKey: isRehearsal(request) ? undefined : headerOf(request, 'idempotency-key'),
      expectedVersion: versionSeen(request),
      isRehearsal: isRehearsal(request),
    }),
    newId(prefix: IdPrefix, request) {
      const key = headerOf(request, 'idempotency-key')
      if (key === undefined) return newId(prefix, now())
      const hash = createHash('sha256')
        .update(`${actor(request).id}\n${key}`)
        .digest('hex')
      return `${prefix}_${hash.slice(0, 26)}`
    },
    refuse: (reply, rejection) => send(reply, problemOf(rejection)),
    unknown: (reply, what, name, known) => send(reply, unknownThing(what, name, known)),
  }
}

const DRY_RUN = 'signalbox-dry-run'

/** A route that would act all the same must not be reached by who wants nothing to happen. */
const NOT_REHEARSED = /^\/api\/v1\/(runner\/|calendar\/import$|artifacts\/[^/]+\/scans$)/

function isRehearsal(request: FastifyRequest): boolean {
  const said = headerOf(request, DRY_RUN)
  if (said === undefined || said === 'false') return false
  if (said === 'true') return true
  throw new Fault('request.bad-dry-run', `${DRY_RUN} is true or false, not ${said}.`, {
    remedy: 'Send true, or leave it out.',
    retry: false,
  })
}

async function refuseRehearsal(request: FastifyRequest): Promise<void> {
  if (!isRehearsal(request) || !NOT_REHEARSED.test(request.routeOptions.url ?? '')) return
  throw new Fault('request.not-rehearsed', 'This cannot be rehearsed: nothing was done.', {
    remedy: `Ask without ${DRY_RUN}.`,
    retry: false,
  })
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined
}

function versionSeen(request: FastifyRequest): number | undefined {
  const tag = headerOf(request, 'if-match')
  if (tag === undefined) return undefined
  const version = Number(tag.replaceAll(/^(W\/)?"?|"$/g, ''))
  if (Number.isSafeInteger(version) && version >= 0) return version
  throw new Fault('request.bad-if-match', `If-Match names no version: ${tag}.`, {
    remedy: 'Send the version that the thing was read with.',
    retry: false,
  })
}
