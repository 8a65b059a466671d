/** How the audit log is, one entry of it, the proof of one, and whether all is as it was sealed. */
import { z } from 'zod'
import type { Engine } from '#engine/engine.ts'
import type { Routes } from '#engine/routing.ts'
import { Fault } from '#kernel/fault.ts'
import { AUDIT_ID, audits } from '../audit.ts'
import { readCheckpoint, writeProof } from '../log/checkpoint.ts'
import { treeOf } from '../log/edge.ts'
import { readHeader } from '../log/entry.ts'
import { inclusionProof, inclusionRanges } from '../log/merkle.ts'
import { keyOf, writeVkey } from '../log/note.ts'
import { type TrustPolicy } from '../log/policy.ts'
import { bundleHolding, entriesIn, TILE_WIDTH } from '../log/tiles.ts'
import type { LogKeys, LogStore } from '../ports.ts'
import type { Timestamping } from '../ports/timestamps.ts'
import {
  actorsBehind,
  epochs,
  eventNamed,
  eventsFrom,
  indexOf,
  type LogFiles,
  sourcesOf,
  subtreesFor,
} from '../queries/log-reads.ts'
import { holdOver } from '../queries/retention.ts'
import { timestampsOf } from '../queries/timestamps.ts'
import { type Head, oldestUnsealed, readHead, whatHolds } from '../queries/sealing.ts'
import { verifyCheckpoint, verifyRange } from '../queries/verify-range.ts'

/** Checked in one request: a second or two. */
const CHECKED_MAX = 100 * TILE_WIDTH

export interface AuditNeeds {
  readonly files: LogFiles
  readonly keys: LogKeys
  readonly store: LogStore
  readonly policy: TrustPolicy | undefined
  readonly timestamping?: Timestamping | undefined
}

const place = z.object({ index: z.coerce.number().int().min(0) })

export const auditRoutes =
  (needs: AuditNeeds): Routes =>
  (app, context) => {
    const { engine, now } = context
    app.get('/audit/status', async () => statusOf(engine, needs, now()))
    app.get('/audit/entries/:index', { schema: { params: place } }, async ({ params }, reply) => {
      const found = await entryAt(engine, needs.files, params.index)
      return found ?? context.unknown(reply, 'entry', String(params.index))
    })
    app.get('/audit/proofs/:index', { schema: { params: place } }, async ({ params }, reply) => {
      const found = await proofOf(engine, needs.files, params.index)
      return found ?? context.unknown(reply, 'entry', String(params.index))
    })
    app.get(
      '/audit/index/:stream/:version',
      {
        schema: {
          params: z.object({
            stream: z.string().max(1100),
            version: z.coerce.number().int().min(1),
          }),
        },
      },
      async ({ params: { stream, version } }, reply) => {
        const event = await eventNamed(engine.database, stream, version)
        const head = await headOf(engine)
        const index = event && (await indexOf(engine.database, head, event))
        return index === undefined
          ? context.unknown(reply, 'entry', `${stream} ${version}`)
          : { index }
      },
    )
    app.get(
      '/audit/verify',
      {
        schema: {
          querystring: z.object({
            from: z.coerce.number().int().min(0).default(0),
            count: z.coerce.number().int().min(1).max(CHECKED_MAX).default(CHECKED_MAX),
          }),
        },
      },
      async ({ query }) => {
        const head = await headOf(engine)
        const { database } = engine
        const checked = await verifyRange({ database, files: needs.files, head }, query)
        const wrong = verifyCheckpoint(head, keysOf(needs.keys, head))
        return { ...checked, mismatches: [...wrong, ...checked.mismatches] }
      },
    )
    changing(app, context, needs)
  }

const changing = (
  app: Parameters<Routes>[0],
  context: Parameters<Routes>[1],
  needs: AuditNeeds,
): void => {
  const { engine, now } = context
  app.post(
    '/audit/erasures',
    {
      schema: {
        body: z.object({
          index: z.number().int().min(0),
          fields: z.array(z.string().min(1).max(200)).min(1).max(20),
          reason: z.string().min(1).max(500),
        }),
      },
    },
    async (request, reply) => {
      const { index, fields, reason } = request.body
      const event = await eventOf(engine, index)
      if (event === undefined) return context.unknown(reply, 'entry', String(index))
      const { stream, version, data } = event
      const said = { at: now(), by: context.actor(request).id, fields, reason }
      const done = await engine.execute(
        audits,
        AUDIT_ID,
        async ({ reads }) => {
          const heldBy = await holdOver(reads, data, said.at)
          return { type: 'audit.orderErasure' as const, ...said, stream, version, data, heldBy }
        },
        context.request(request),
      )
      return done.rejected === true
        ? context.refuse(reply, done)
        : { index, stream, version, fields }
    },
  )
  app.post(
    '/audit/epochs',
    { schema: { body: z.object({ reason: z.string().min(1).max(500) }) } },
    async (request, reply) => {
      const head = await headOf(engine)
      const previous = await publishedOf(engine, needs, head)
      const done = await engine.execute(
        audits,
        AUDIT_ID,
        async ({ state }) => ({
          type: 'audit.beginEpoch' as const,
          at: now(),
          by: context.actor(request).id,
          reason: request.body.reason,
          previous: previous ?? null,
          lost: [head.size, state.halted?.published ?? head.size] as const,
        }),
        context.request(request),
      )
      return done.rejected === true ? context.refuse(reply, done) : { epoch: done.state.epoch }
    },
  )
}

async function statusOf(engine: Engine, needs: AuditNeeds, now: number) {
  const { keys, policy, timestamping } = needs
  const head = await headOf(engine)
  const [oldest, { state }, rows] = await Promise.all([
    oldestUnsealed(engine.database, head.last),
    engine.load(audits, AUDIT_ID),
    epochs(engine.reads),
  ])
  const row = rows.at(-1)
  const lagMs = oldest === undefined ? 0 : Math.max(0, Math.round(now - oldest))
  const named = new Map(policy?.witnesses.map(({ key, name }) => [key.id, name]))
  const seen = row?.witnessed == null ? undefined : readCheckpoint(row.witnessed)
  const cosigned = seen === undefined || 'why' in seen ? [] : seen.note.signatures
  return {
    state: state.halted !== undefined ? 'halted' : state.isLagging ? 'lagging' : 'sealing',
    origin: head.origin,
    epoch: head.epoch,
    epochs: rows.map(({ epoch, origin, size }) => ({ epoch, origin, size })),
    size: head.size,
    root: treeOf(head).root.toString('base64'),
    signedAt: head.signedAt,
    lagMs,
    // Past a second it is worth a name.
    heldBy: lagMs > 1_000 ? ((await whatHolds(engine.database)) ?? null) : null,
    keys: keysOf(keys, head).map(writeVkey),
    halted: state.halted ?? null,
    witnessed:
      row === undefined || row.witnessed_at === null
        ? null
        : {
            size: row.witnessed_size,
            at: row.witnessed_at,
            by: cosigned.flatMap(({ id }) => named.get(id) ?? []),
          },
    witnesses: policy?.witnesses.map(({ name, url }) => ({ name, url: url ?? null })) ?? [],
    timestamps: await timestampsOf(engine.reads, timestamping, now),
  }
}

const keysOf = ({ signers }: LogKeys, { origin }: Head) =>
  signers.map(({ type, publicKey }) => keyOf(origin, type, publicKey))

async function headOf({ database }: Engine): Promise<Head> {
  const head = await readHead(database)
  if (head !== undefined) return head
  throw new Fault('audit.not-begun', 'The audit log was not begun yet.', {
    remedy: 'A server that reconciles begins it: start one without --role api.',
  })
}

async function eventOf(engine: Engine, index: number) {
  const head = await headOf(engine)
  if (index >= head.size) return undefined
  const sources = await sourcesOf(engine.database, head, Math.floor(index / TILE_WIDTH))
  const pos = sources.positions[index % TILE_WIDTH] ?? 0
  return (await eventsFrom(engine.database, sources)).get(pos)
}

async function entryAt(engine: Engine, files: LogFiles, index: number) {
  const head = await headOf(engine)
  if (index >= head.size) return undefined
  const bundle = await files.read(head, bundleHolding(index, head.size))
  const entry = entriesIn(bundle ?? Buffer.alloc(0))?.[index % TILE_WIDTH]
  const header = entry && readHeader(entry)
  if (header === undefined) return undefined
  const event = await eventOf(engine, index)
  const actors = await actorsBehind(engine.database, [header.actor])
  return {
    index,
    epoch: head.epoch,
    entry: header,
    actor: actors.get(header.actor) ?? null,
    isErased: event?.salt === null,
    salt: event?.salt?.toString('base64') ?? null,
    data: event?.data ?? null,
  }
}

/** Of the checkpoint that is served, when it has the entry; it may bear cosignatures. */
async function proofOf(engine: Engine, files: LogFiles, index: number) {
  const head = await headOf(engine)
  const row = (await epochs(engine.reads)).at(-1)
  const witnessed = row?.witnessed == null ? undefined : readCheckpoint(row.witnessed)
  const isIn = witnessed !== undefined && !('why' in witnessed) && witnessed.size > index
  const note = isIn ? row?.witnessed : head.checkpoint
  const size = isIn ? witnessed.size : head.size
  if (note == null || index >= size) return undefined
  const ranges = inclusionRanges(index, size)
  const subtree = await subtreesFor(files, head, ranges, size)
  const bundle = await files.read(head, bundleHolding(index, head.size))
  const entry = entriesIn(bundle ?? Buffer.alloc(0))?.[index % TILE_WIDTH]
  const proof = writeProof(index, inclusionProof(index, size, subtree), note)
  return { index, size, entry: entry?.toString() ?? '', proof }
}

/** The newest checkpoint of this epoch that anybody outside the database has. */
async function publishedOf(engine: Engine, { store }: AuditNeeds, head: Head) {
  const path = head.epoch === 1 ? 'checkpoint' : `e${head.epoch}/checkpoint`
  return (await store.get(path))?.toString() ?? head.checkpoint ?? undefined
}
