/**
 * What a room's `routes.ts` is handed: the server to mount on, the engine, who is asking, and one
 * way to answer a command. http/ makes it; no room knows more of the server than this.
 */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Actor } from '#kernel/actor.ts'
import type { Rejection } from '#kernel/decider.ts'
import type { Engine, Request } from './engine.ts'
import type { IdPrefix } from './ids.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

export interface RouteContext {
  readonly engine: Engine
  /** Milliseconds since 1970. */
  now(): number
  /** Who is asking; the request was let in only with an actor. */
  actor(request: FastifyRequest): Actor
  /** Actor, idempotency key (`Idempotency-Key`) and seen version (`If-Match`) of the request. */
  request(request: FastifyRequest): Request
  /** A new id; the same again for a retry with the same `Idempotency-Key`. */
  newId(prefix: IdPrefix, request: FastifyRequest): string
  /** A rejection as application/problem+json with its status. */
  refuse(reply: FastifyReply, rejection: Rejection): FastifyReply
  /** 404 with code `<what>.unknown` and the nearest known names. */
  unknown(reply: FastifyReply, what: string, name: string, known?: readonly string[]): FastifyReply
}

/** Mounted under /api/v1. */
export type Routes = (app: App, context: RouteContext) => void
