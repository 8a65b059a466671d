/**
 * Webhooks in, at /hooks/<connection>. Bytes are verified as they came; what they tell is recorded
 * before the answer, so that a sender who was told 202 may forget; and whoever sends the same thing
 * again, tomorrow or twice at once, changes nothing.
 */
import { Buffer } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { sha256 } from '#engine/ids.ts'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import { deliveries } from '../hooks/delivery.ts'
import { storable } from '../hooks/storable.ts'
import type { HeadersSaid, HookSource } from '../ports.ts'
import { recordObservations } from '../reconcilers/record.ts'
import { hookHealth, hookNotes } from '../queries/hooks.ts'
import { type Refusals, refusals } from './hook-refusals.ts'

/** GitHub caps payloads at 25 MB and sends none near it; what is larger than this is no event. */
export const HOOK_BYTES_MAX = 10 * 1024 * 1024
const NAME_LENGTH_MAX = 200
const NOTES_MAX = 20
/** All repositories of a large organisation come from a few addresses. */
const DELIVERIES_PER_MINUTE = 60_000
const DAY_MS = 24 * 60 * 60 * 1000

/** `outside` is mounted at the root, `inside` under /api/v1. */
export function hookRoutes(sources: readonly HookSource[]): {
  readonly outside: Routes
  readonly inside: Routes
} {
  const known = new Map(sources.map((source) => [source.name, source]))
  const refused = refusals()
  return {
    outside: (app, context) => receiving(app, context, { known, refused }),
    inside: (app, context) => telling(app, context, { known, refused }),
  }
}

interface Receiving {
  readonly known: ReadonlyMap<string, HookSource>
  readonly refused: Refusals
}

function receiving(app: App, context: RouteContext, { known, refused }: Receiving): void {
  // As they came: a signature is of bytes, and what is parsed and printed again is others.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: HOOK_BYTES_MAX }, bytesOnly)
  const options = {
    bodyLimit: HOOK_BYTES_MAX,
    schema: { hide: true, params: z.object({ connection: z.string().max(60) }) },
    config: { rateLimit: { max: DELIVERIES_PER_MINUTE, timeWindow: '1 minute' } },
  }
  app.post('/hooks/:connection', options, async (request, reply) => {
    const { connection } = request.params
    const source = known.get(connection)
    if (source === undefined) return context.unknown(reply, 'connection', connection)
    const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
    const headers = headersOf(request)
    const at = context.now()
    const problem = source.problemOf({ headers, body }, at)
    if (problem !== undefined) {
      refused.count(connection, problem, at)
      throw refusalOf(problem, connection)
    }
    const id = idOf(source, headers, body)
    if ((await context.engine.load(deliveries, id)).state.isKnown)
      return reply.code(202).send({ delivery: id, isDuplicate: true, observations: 0, notes: [] })
    const payload = parsed(body, headers)
    if (payload === undefined) {
      refused.count(connection, 'unreadable', at)
      throw unreadable(connection)
    }
    const heard = storable(source.hear({ headers, payload, receivedAt: at }))
    const asked = { actor: SYSTEM, now: at }
    const recorded = await recordObservations(context.engine, heard.observations, asked)
    if ('rejected' in recorded) return context.refuse(reply, recorded)
    const facts = {
      event: storable(source.eventOf(headers, payload)).slice(0, NAME_LENGTH_MAX),
      observations: heard.observations.length,
      notes: notesOf(heard.notes),
    }
    const received = await context.engine.execute(
      deliveries,
      id,
      {
        type: 'hook.receive',
        at,
        by: SYSTEM.id,
        connection,
        delivery: id,
        digest: `sha256:${sha256(body)}`,
        sizeBytes: body.length,
        ...facts,
      },
      { actor: SYSTEM },
    )
    if (received.rejected) return context.refuse(reply, received)
    return reply.code(202).send({ delivery: id, isDuplicate: false, ...facts })
  })
}

/** What the tool calls it, and what it says: the same id with other words is another delivery. */
function idOf(source: HookSource, headers: HeadersSaid, body: Uint8Array): string {
  const said = source.deliveryOf(headers) ?? ''
  const digest = sha256(body)
  const name = /^[\w.-]{1,100}$/.test(said) ? `${said}.${digest.slice(0, 16)}` : digest
  return `${source.name}:${name}`
}

const bytesOnly = (_: FastifyRequest, body: Buffer, done: (error: null, body: Buffer) => void) =>
  done(null, body)

/** Said twice, a header is what both say: no signature is, and nothing is chosen. */
function headersOf({ headers }: FastifyRequest): HeadersSaid {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )
}

/** JSON, or the field `payload` of a form, as GitHub sends it when asked to. */
function parsed(body: Buffer, headers: HeadersSaid): unknown {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  const text = body.toString('utf8')
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text) as unknown
  } catch {
    return undefined
  }
}

function notesOf(notes: readonly string[]): string[] {
  const each = new Set(notes.map((note) => note.slice(0, NAME_LENGTH_MAX).toWellFormed()))
  return [...each].slice(0, NOTES_MAX)
}

function refusalOf(problem: 'unsigned' | 'forged' | 'stale', connection: string): Fault {
  switch (problem) {
    case 'unsigned':
      return new Fault('hook.unsigned', `The delivery to ${connection} carries no signature.`, {
        remedy: 'Set the secret of the webhook to the one that this connection has.',
        retry: false,
      })
    case 'forged':
      return new Fault('hook.forged', `The signature of the delivery to ${connection} is wrong.`, {
        remedy: 'Set the secret of the webhook to one that this connection has, and send it again.',
        retry: false,
      })
    case 'stale':
      return new Fault(
        'hook.stale',
        `The delivery to ${connection} was signed more than five minutes from now.`,
        { remedy: 'Send it anew, and see that both clocks are right.', retry: false },
      )
  }
}

const unreadable = (connection: string) =>
  new Fault('hook.unreadable', `The delivery to ${connection} is no JSON.`, {
    remedy: 'Set the content type of the webhook to application/json.',
    retry: false,
  })

const period = z.object({ days: z.coerce.number().int().min(1).max(90).default(7) })

function telling(app: App, { engine, now }: RouteContext, { known, refused }: Receiving): void {
  app.get('/connections', { schema: { querystring: period } }, async ({ query }) => {
    const since = now() - query.days * DAY_MS
    const [health, notes] = await Promise.all([
      hookHealth(engine.reads, since),
      hookNotes(engine.reads, since),
    ])
    return [...known.values()].map(({ name, kind }) => {
      const found = health.find(({ connection }) => connection === name)
      const { connection: _, ...heard } = found ?? NOTHING
      return {
        connection: name,
        kind,
        address: `/hooks/${name}`,
        since,
        ...heard,
        refused: refused.of(name),
        notes: notes
          .filter(({ connection }) => connection === name)
          .map(({ connection: __, ...note }) => note),
      }
    })
  })
}

const NOTHING = { connection: '', lastAt: null, deliveries: 0, observations: 0, unmapped: 0 }
