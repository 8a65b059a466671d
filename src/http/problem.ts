/**
 * Every "no" of the API is one shape: RFC 9457 problem details with our code and remedy. Rejections
 * are 4xx, a world that failed is 503 or 500, and what was never understood is 400 with its place.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { Logger } from '#engine/log.ts'
import { Rehearsal } from '#engine/rehearsal.ts'
import { didYouMean } from '#engine/manifest.ts'
import type { Rejection } from '#kernel/decider.ts'
import { Fault } from '#kernel/fault.ts'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly remedy: string
  readonly [extension: string]: unknown
}

/** What is not here is a conflict with how things stand: 409. */
const STATUS: Readonly<Record<string, number>> = {
  'access.denied': 403,
  'access.unauthenticated': 401,
  'access.other-origin': 403,
  'stream.moved-on': 412,
  'idempotency.key-reused': 422,
  'log.bad-pattern': 422,
  'log.busy': 429,
  'log.crowded': 429,
  'run.artifact-gone': 410,
}
const RETRY_AFTER_S = 1
/** Faults that are about what was asked; the others are about the world, 503 or 500. */
const FAULT_STATUS: Readonly<Record<string, number>> = {
  'log.gap': 409,
  'log.bad-offset': 422,
  'log.bad-line': 422,
  'log.too-large': 413,
  'request.not-json': 415,
  'hook.unsigned': 401,
  'hook.forged': 401,
  'hook.stale': 401,
  'hook.unreadable': 422,
  'blob.missing': 404,
  'blob.digest-mismatch': 422,
  'blob.too-large': 413,
}

export function problemOf(rejection: Rejection, extensions: object = {}): Problem {
  const { code, message, remedy } = rejection
  const status = STATUS[code] ?? (code.endsWith('.unknown') ? 404 : 409)
  return { ...problem(code, status, message, remedy), ...extensions }
}

export function problem(code: string, status: number, detail: string, remedy: string): Problem {
  const title = code.replaceAll(/[.-]/g, ' ')
  return { type: `/docs/rejections#${code}`, title, status, detail, code, remedy }
}

export function send(reply: FastifyReply, what: Problem): FastifyReply {
  return reply.code(what.status).type('application/problem+json').send(JSON.stringify(what))
}

export function unknownThing(what: string, name: string, known: readonly string[] = []): Problem {
  const remedy = known.length > 0 ? didYouMean(name, known) : `List them to see what there is.`
  return problem(`${what}.unknown`, 404, `There is no ${what} ${name.slice(0, 100)}.`, remedy)
}

/** The last net: whatever a handler throws becomes a problem, and bugs are logged as such. */
export function errorHandler(log: Logger) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof Fault) return fault(error, log, reply)
    if (error instanceof Rehearsal) return rehearsed(error, reply)
    if (hasZodFastifySchemaValidationErrors(error)) {
      const [issue] = error.validation
      const place = `${error.validationContext ?? 'request'}${issue?.instancePath ?? ''}`
      const detail = `${place}: ${issue?.message ?? error.message}.`
      const remedy = 'See /api/v1/openapi.json for what it takes.'
      return send(reply, problem('request.invalid', 400, detail, remedy))
    }
    const status = error.statusCode ?? 500
    if (status < 500)
      return send(reply, problem(codeFor(status), status, error.message, remedyFor(status)))
    // The route's address, and not the request's: that may hold the secret of a subscription.
    const { url = '' } = request.routeOptions
    log.error({ err: error, url, method: request.method }, 'request failed by a bug')
    const detail = `Something in the server is broken; its log says what (${request.id}).`
    return send(reply, problem('server.bug', 500, detail, 'Report it with the lines of the log.'))
  }
}

/** Not by the shape of the route's answer: there is none of it. */
function rehearsed({ events }: Rehearsal, reply: FastifyReply): FastifyReply {
  return reply
    .code(200)
    .type('application/json')
    .send(JSON.stringify({ dryRun: true, would: events }))
}

function fault(error: Fault, log: Logger, reply: FastifyReply): FastifyReply {
  log.warn({ err: error, code: error.code }, 'request met a fault')
  const asked = FAULT_STATUS[error.code] ?? (error.code.startsWith('request.') ? 400 : undefined)
  const status = asked ?? (error.retry ? 503 : 500)
  if (error.retry) reply.header('retry-after', RETRY_AFTER_S)
  return send(reply, problem(error.code, status, error.message, error.remedy))
}

function codeFor(status: number): string {
  if (status === 413) return 'request.too-large'
  if (status === 429) return 'request.too-many'
  if (status === 415) return 'request.unsupported-media-type'
  return status === 404 ? 'route.unknown' : 'request.invalid'
}

function remedyFor(status: number): string {
  if (status === 413) return 'Send less at once.'
  if (status === 429) return 'Wait for as long as retry-after says.'
  return 'See /api/v1/openapi.json for what there is.'
}
