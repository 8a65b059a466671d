/** Recorders and records over HTTP: keys, what they signed, and what went ahead unanswered. */
import { z } from 'zod'
import { otherAccounts } from '#access/queries.ts'
import { environmentNamed, serviceNamed, services } from '#catalog/queries.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { reject } from '#kernel/decider.ts'
import type { SignedRecord } from '#kernel/record.ts'
import type { RecordKeys } from '../ports.ts'
import { policyFor } from '../queries.ts'
import {
  neighboursOf,
  recorderNamed,
  recorders,
  recordNamed,
  recordsOf,
  signerOf,
} from '../queries/records.ts'
import { type ReceiveRecord, recordId, records as recordThings } from '../record.ts'
import { envelope, signedRecord } from '../record-shapes.ts'
import { recorders as recorderThings } from '../recorder.ts'

const recorderBody = z.strictObject({
  key: z.string().max(200).describe('Ed25519, SPKI in base64'),
  name: z.string().trim().min(1).max(100).describe('the machine'),
})
const byKey = z.object({ recorder: z.string().max(100) })
const byId = z.object({ id: z.string().max(100) })
const reason = z.strictObject({ reason: z.string().trim().min(1).max(500) })
const page = z.object({
  service: z.string().max(100).optional(),
  kind: z.enum(['check', 'unanswered']).optional(),
  unreviewed: z.stringbool().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const place = z.object({ service: z.string().max(100), environment: z.string().max(100) })

export interface RecordNeeds {
  readonly recordKeys: RecordKeys
}

export function recordRoutes(app: App, context: RouteContext, { recordKeys }: RecordNeeds): void {
  recorderRoutes(app, context, recordKeys)
  receiving(app, context, recordKeys)
  reading(app, context)
  unreachable(app, context)
}

function recorderRoutes(app: App, context: RouteContext, keys: RecordKeys): void {
  const { engine } = context
  app.get('/recorders', async () => recorders(engine.reads))
  app.post('/recorders', { schema: { body: recorderBody } }, async (request, reply) => {
    const { key, name } = request.body
    const id = keys.nameOf(key)
    if (id === undefined)
      return context.refuse(
        reply,
        reject(
          'recorder.no-key',
          'This is no Ed25519 public key in base64.',
          'Let `signalbox recorder register` make and send it.',
        ),
      )
    const { id: by } = context.actor(request)
    const command = { type: 'recorder.register', at: context.now(), by, key, name } as const
    // A function, so that a retry of the same wish is one whatever its clock says.
    const wish = async () => command
    const done = await engine.execute(recorderThings, id, wish, context.request(request))
    if (done.rejected) return context.refuse(reply, done)
    return reply.code(201).send(await recorderNamed(engine.reads, id))
  })
  app.post(
    '/recorders/:recorder/retire',
    { schema: { params: byKey, body: reason } },
    async (request, reply) => {
      const { recorder } = request.params
      const { id: by, roles } = context.actor(request)
      const facts = { at: context.now(), by, isAdmin: roles.includes('admin') }
      const command = { type: 'recorder.retire', ...facts, ...request.body } as const
      const wish = async () => command
      const done = await engine.execute(recorderThings, recorder, wish, context.request(request))
      return done.rejected ? context.refuse(reply, done) : recorderNamed(engine.reads, recorder)
    },
  )
}

/** What comes is believed by what is signed, never by what stands around it. */
function receiving(app: App, context: RouteContext, keys: RecordKeys): void {
  const { engine } = context
  app.post('/records', { schema: { body: envelope } }, async (request, reply) => {
    const opened = keys.open(request.body)
    const read = signedRecord.safeParse(opened?.content)
    if (opened === undefined || !read.success)
      return context.refuse(
        reply,
        reject(
          'record.malformed',
          `This is no record${placeOf(read)}.`,
          'Send what `signalbox record` wrote; a newer program may need a newer server.',
        ),
      )
    const said: SignedRecord = read.data
    const { service } = said.what
    if ((await serviceNamed(engine.reads, service)) === undefined) {
      const known = await services(engine.reads)
      return context.unknown(
        reply,
        'service',
        service,
        known.map(({ name }) => name),
      )
    }
    const id = recordId(said.recorder, said.number)
    const { id: by, kind } = context.actor(request)
    const type = `record.${said.what.kind}` as const
    const about = { type, by, kind, digest: opened.digest, record: said }
    const done = await engine.execute(
      recordThings,
      id,
      async ({ reads }): Promise<ReceiveRecord> => {
        const [row, neighbours] = await Promise.all([
          recorderNamed(reads, said.recorder),
          neighboursOf(reads, said),
        ])
        const signature = row && keys.verify(request.body, row.key)
        const distrusted = signature?.ok === false ? signature.why : undefined
        const signer = row && signerOf(row)
        return { ...about, at: context.now(), signer, distrusted, neighbours }
      },
      context.request(request),
    )
    if (done.rejected) return context.refuse(reply, done)
    return reply.code(201).send(await recordNamed(engine.reads, id))
  })
}

function placeOf(read: ReturnType<typeof signedRecord.safeParse>): string {
  const [issue] = read.error?.issues ?? []
  return issue === undefined ? '' : ` (${issue.path.join('.') || 'all of it'}: ${issue.message})`
}

function reading(app: App, context: RouteContext): void {
  const { engine } = context
  app.get('/records', { schema: { querystring: page } }, async ({ query }) =>
    recordsOf(engine.reads, query),
  )
  app.get('/records/:id', { schema: { params: byId } }, async (request, reply) => {
    const { id } = request.params
    return (await recordNamed(engine.reads, id)) ?? context.unknown(reply, 'record', id)
  })
  app.post(
    '/records/:id/review',
    { schema: { params: byId, body: z.strictObject({ note: z.string().trim().min(1).max(500) }) } },
    async (request, reply) => {
      const { id } = request.params
      const { id: by } = context.actor(request)
      const { note } = request.body
      const done = await engine.execute(
        recordThings,
        id,
        async ({ reads }) => {
          const facts = { at: context.now(), by, note }
          const others = await otherAccounts(reads, by)
          return { type: 'record.review' as const, ...facts, otherAccounts: others }
        },
        context.request(request),
      )
      return done.rejected ? context.refuse(reply, done) : recordNamed(engine.reads, id)
    },
  )
}

/** What whoever asks from outside has to know before nobody answers any more. */
function unreachable(app: App, context: RouteContext): void {
  const { engine } = context
  app.get('/gates/unreachable', { schema: { querystring: place } }, async (request, reply) => {
    const { service: name, environment: where } = request.query
    const service = await serviceNamed(engine.reads, name)
    if (service === undefined) return context.unknown(reply, 'service', name)
    const environment = await environmentNamed(engine.reads, where)
    if (environment === undefined) return context.unknown(reply, 'environment', where, service.path)
    const { tier } = service
    const { policy, row } = await policyFor(engine.reads, {
      tier,
      environmentKind: environment.kind,
    })
    return { service: name, environment: where, tier, policy, sourceDown: row.sourceDown }
  })
}
