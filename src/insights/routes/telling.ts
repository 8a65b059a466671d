/**
 * What other systems tell with a token of ours: CDEvents at /cdevents, and OpenTelemetry's traces
 * of CI/CD where an exporter looks for them, at /v1/traces.
 */
import { gunzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import { Fault } from '#kernel/fault.ts'
import { storable } from '../hooks/storable.ts'
import type { Hear } from '../ports.ts'
import { recordObservations } from '../reconcilers/record.ts'

const BODY_BYTES_MAX = 10 * 1024 * 1024
/** Spans are repetitive: a tenth of it is what travels. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024

export interface TellingNeeds {
  readonly cdevents: Hear
  readonly traces: Hear
}

export function tellingRoutes({ cdevents, traces }: TellingNeeds): {
  readonly inside: Routes
  readonly outside: Routes
} {
  const inside: Routes = (app, context) => {
    void app.register(async (scope) => {
      bytesOnly(scope)
      scope.post('/cdevents', { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
        const told = await record(context, request, cdevents)
        return 'refused' in told ? context.refuse(reply, told.refused) : reply.code(202).send(told)
      })
    })
  }
  const outside: Routes = (app, context) => {
    bytesOnly(app)
    const config = { known: true } as const
    const options = { bodyLimit: BODY_BYTES_MAX, config, schema: { hide: true } }
    app.post('/v1/traces', options, async (request, reply) => {
      jsonOnly(request)
      const told = await record(context, request, traces)
      return 'refused' in told ? context.refuse(reply, told.refused) : answer(reply, told.notes)
    })
  }
  return { inside, outside }
}

/** As the protocol has it: what was not used is told, and is no reason to send it again. */
function answer(reply: FastifyReply, notes: Readonly<Record<string, number>>): FastifyReply {
  const problems = Object.entries(notes).filter(([note]) => note !== 'unmapped')
  const errorMessage = problems.map(([note, count]) => `${note} (${count})`).join('; ')
  return reply.send({ partialSuccess: { rejectedSpans: 0, errorMessage } })
}

function bytesOnly(app: App): void {
  app.removeAllContentTypeParsers()
  const options = { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX } as const
  app.addContentTypeParser('*', options, (_, body, done) => done(null, body))
}

function jsonOnly({ headers }: FastifyRequest): void {
  const type = headers['content-type'] ?? 'application/json'
  if (/^application\/(?:[\w.+-]+\+)?json\b/.test(type)) return
  throw new Fault('request.not-json', `${type.slice(0, 80)} is not read here.`, {
    remedy: 'Set OTEL_EXPORTER_OTLP_PROTOCOL=http/json, and send application/json.',
    retry: false,
  })
}

async function record(context: RouteContext, request: FastifyRequest, hear: Hear) {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  )
  const payload = parsed(request)
  const now = context.now()
  const heard = storable(hear({ headers, payload, receivedAt: now }))
  const asked = { ...context.request(request), idempotencyKey: undefined, now }
  const done = await recordObservations(context.engine, heard.observations, asked)
  if ('rejected' in done) return { refused: done }
  const notes: Record<string, number> = {}
  for (const note of heard.notes) notes[note] = (notes[note] ?? 0) + 1
  return { observations: heard.observations.length, ...done, notes }
}

function parsed(request: FastifyRequest): unknown {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  try {
    return JSON.parse(unpacked(body, request.headers['content-encoding']).toString()) as unknown
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('request.unreadable', 'The body is no JSON.', {
      remedy: 'Send JSON, packed with gzip or not at all.',
      retry: false,
    })
  }
}

function unpacked(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding === 'gzip') return gunzipSync(body, { maxOutputLength: UNPACKED_BYTES_MAX })
  throw new Fault('request.unreadable', `${encoding.slice(0, 40)} is not unpacked here.`, {
    remedy: 'Send JSON, packed with gzip or not at all.',
    retry: false,
  })
}
