/** One room's routes on a server without sockets, asked as anybody. Tests only. */
import Fastify from 'fastify'
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { TestContext } from 'node:test'
import type { Engine } from '#engine/engine.ts'
import { newId, sha256 } from '#engine/ids.ts'
import type { Routes } from '#engine/routing.ts'
import { errorHandler, problemOf, send, unknownThing } from '#http/problem.ts'
import type { Actor, Role } from '#kernel/actor.ts'
import { quiet } from './database.ts'

interface Answer {
  readonly status: number
  /** The body as JSON, whatever it is; as text, where it is none. */
  readonly json: never
}

export type AskRoutes = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body?: object,
  key?: string,
  ifMatch?: number,
) => Promise<Answer>

interface Place {
  readonly engine: Engine
  now(): number
}

/** Who asks is in `x-actor`'s place: the second argument of what comes back. */
export function serve(
  t: TestContext,
  routes: Routes,
  at: Place,
): (actor: string, role?: Role) => AskRoutes {
  const server = serverOf(t, routes, at)
  return (id, role = 'admin') =>
    async (method, url, body, key, ifMatch) => {
      const headers = {
        'x-actor': id,
        'x-role': role,
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(ifMatch !== undefined && { 'if-match': `${ifMatch}` }),
      }
      const answer = await server.inject({ method, url, headers, ...(body && { body }) })
      const isJson = String(answer.headers['content-type']).includes('json')
      const json = (isJson ? JSON.parse(answer.body) : answer.body) as never
      return { status: answer.statusCode, json }
    }
}

/** The server itself, for those who speak more than JSON to it. */
export function serverOf(t: TestContext, routes: Routes, at: Place) {
  const server = Fastify({ logger: false }).withTypeProvider<ZodTypeProvider>()
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.setErrorHandler(errorHandler(quiet))
  t.after(() => server.close())
  const actor = (request: { headers: Record<string, unknown> }): Actor => ({
    id: String(request.headers['x-actor']),
    kind: 'person',
    roles: [request.headers['x-role'] as Role],
  })
  const seen = (request: { headers: Record<string, unknown> }) => {
    const tag = request.headers['if-match']
    return typeof tag === 'string' ? Number(tag) : undefined
  }
  const keyOf = (request: { headers: Record<string, unknown> }) =>
    request.headers['idempotency-key'] as string | undefined
  routes(server, {
    ...at,
    actor,
    request: (request) => ({
      actor: actor(request),
      idempotencyKey: keyOf(request),
      expectedVersion: seen(request),
    }),
    newId(prefix, request) {
      const key = keyOf(request)
      return key === undefined ? newId(prefix, at.now()) : `${prefix}_${sha256(key).slice(0, 26)}`
    },
    refuse: (reply, rejection) => send(reply, problemOf(rejection)),
    unknown: (reply, what, name, known) => send(reply, unknownThing(what, name, known)),
  })
  return server
}
