/**
 * Flags answered by the OpenFeature Remote Evaluation Protocol, so that every OpenFeature SDK has a
 * provider for them. It reads memory alone. What it says, refusals included, is the protocol's.
 */
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '#engine/routing.ts'
import { nearest } from '#kernel/nearest.ts'
import { evaluate, type EvaluationContext } from '../flags/evaluate.ts'
import type { DefinedFlag } from '../flags/flag.ts'
import type { FlagMemory } from '../queries/flag-memory.ts'

const ATTRIBUTES_MAX = 200
const KEY_MAX = 1_000
/** Attributes are a person's circumstances, not documents. */
const BODY_BYTES_MAX = 64 * 1024
const TAG_LENGTH = 27

const body = z.object({
  context: z
    .looseObject({ targetingKey: z.string().max(KEY_MAX).optional() })
    .refine((context) => Object.keys(context).length <= ATTRIBUTES_MAX, {
      message: `${ATTRIBUTES_MAX} attributes at most`,
    })
    .default({}),
})

type ErrorCode =
  | 'PARSE_ERROR'
  | 'TARGETING_KEY_MISSING'
  | 'INVALID_CONTEXT'
  | 'FLAG_NOT_FOUND'
  | 'GENERAL'

interface Wrong {
  readonly errorCode: ErrorCode
  readonly errorDetails: string
}

interface Question {
  readonly environment: string
  readonly context: EvaluationContext
}

/** An environment is named by the address, a header or the query, whatever the SDK can set. */
const PREFIXES = ['', '/environments/:environment'] as const

export function ofrepRoutes(app: App, memory: FlagMemory): void {
  const config = { ofrep: true, rateLimit: false } as const
  const options = { config, bodyLimit: BODY_BYTES_MAX, schema: { hide: true } }
  app.setErrorHandler(async (error: { readonly statusCode?: number }, request, reply) => {
    const { statusCode = 500 } = error
    // Whatever could not be read is the protocol's one kind of bad request.
    if (statusCode >= 500) throw error
    const wrong = { errorCode: 'PARSE_ERROR', errorDetails: 'The body is not JSON, or too large.' }
    return reply.code(400).send({ ...keyOf(request), ...wrong })
  })
  for (const prefix of PREFIXES) {
    app.post(`${prefix}/ofrep/v1/evaluate/flags/:key`, options, async (request, reply) => {
      const { key } = request.params as { key: string }
      const asked = questionOf(request, memory)
      if ('errorCode' in asked) return reply.code(400).send({ key, ...asked })
      const flag = memory.named(key)
      if (flag === undefined) return reply.code(404).send({ key, ...unknownFlag(memory, key) })
      const answer = answerOf(flag, asked)
      return reply.code('errorCode' in answer ? 400 : 200).send(answer)
    })
    app.post(`${prefix}/ofrep/v1/evaluate/flags`, options, async (request, reply) => {
      const asked = questionOf(request, memory)
      if ('errorCode' in asked) return reply.code(400).send(asked)
      return bulk(request, reply, { flags: memory.all().map((flag) => answerOf(flag, asked)) })
    })
  }
}

function bulk(request: FastifyRequest, reply: FastifyReply, answer: object): FastifyReply {
  const text = JSON.stringify(answer)
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, TAG_LENGTH)}"`
  reply.header('etag', tag)
  const seen = (request.headers['if-none-match'] ?? '').split(',')
  const isSeen = seen.some((each) => each.trim().replace(/^W\//, '') === tag)
  return isSeen ? reply.code(304).send() : reply.type('application/json').send(text)
}

function keyOf({ params }: FastifyRequest): { readonly key?: string } {
  const { key } = Object(params) as { key?: string }
  return key === undefined ? {} : { key }
}

function questionOf(request: FastifyRequest, memory: FlagMemory): Question | Wrong {
  const given = z.nullish(body).safeParse(request.body)
  if (!given.success) {
    const [issue] = given.error.issues
    const where = issue?.path.join('.') ?? ''
    return wrong('INVALID_CONTEXT', `${where}: ${issue?.message ?? 'it cannot be read'}`)
  }
  const environment = environmentOf(request)
  if (environment === undefined)
    return wrong(
      'GENERAL',
      'Which environment? Set the header X-Signalbox-Environment, or put ' +
        `/environments/NAME before /ofrep. There are: ${memory.environments().join(', ')}.`,
    )
  if (!memory.hasEnvironment(environment))
    return wrong(
      'GENERAL',
      `There is no environment ${environment}. There are: ${memory.environments().join(', ')}.`,
    )
  return { environment, context: given.data?.context ?? {} }
}

function environmentOf({ params, headers, query }: FastifyRequest): string | undefined {
  const named = [
    (Object(params) as { environment?: unknown }).environment,
    headers['x-signalbox-environment'],
    (Object(query) as { environment?: unknown }).environment,
  ].find((each) => typeof each === 'string' && each !== '')
  return named as string | undefined
}

function answerOf({ flag, spec, environments }: DefinedFlag, { environment, context }: Question) {
  const found = evaluate(flag, spec, environments[environment], context)
  if ('errorCode' in found)
    return {
      key: flag,
      ...wrong(found.errorCode, `A share of people gets it in ${environment}: name the person.`),
    }
  const { value, variant, reason, change } = found
  const metadata = { environment, service: spec.service, ...(change !== undefined && { change }) }
  return { key: flag, value, variant, reason, metadata }
}

function unknownFlag(memory: FlagMemory, key: string): Wrong {
  const names = memory.all().map(({ flag }) => flag)
  const meant = nearest(key.slice(0, 100), names)
  const help = meant === undefined ? '' : ` Did you mean ${meant}?`
  return wrong('FLAG_NOT_FOUND', `There is no flag of this name.${help}`)
}

const wrong = (errorCode: ErrorCode, errorDetails: string): Wrong => ({ errorCode, errorDetails })
