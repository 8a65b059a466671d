/** What came before a hook was set up, or while it did not arrive: asked for, and how it goes. */
import { z } from 'zod'
import { wish } from '#engine/engine.ts'
import type { Routes } from '#engine/routing.ts'
import { backfills } from '../backfill/backfill.ts'
import type { Backfill } from '../ports.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** A year of figures with their quarter before it. */
const DAYS = 456

const params = z.object({ connection: z.string().max(60) })
const body = z
  .strictObject({ days: z.int().min(1).max(3_650).default(DAYS) })
  .default({ days: DAYS })

export function backfillRoutes(sources: readonly Backfill[]): Routes {
  const known = new Map(sources.map((source) => [source.connection, source]))
  const names = [...known.keys()]
  const idOf = (connection: string, repository: string) => `${connection}:${repository}`
  return (app, context) => {
    const path = '/connections/:connection/backfill'
    app.post(path, { schema: { params, body } }, async (request, reply) => {
      const { connection } = request.params
      const source = known.get(connection)
      if (source === undefined) return context.unknown(reply, 'connection', connection, names)
      const asked = context.request(request)
      const facts = { at: context.now(), by: asked.actor.id, connection }
      const since = context.now() - request.body.days * DAY_MS
      const wishes = source.repositories.map((repository) =>
        wish({
          thing: backfills,
          id: idOf(connection, repository),
          command: { type: 'backfill.request', ...facts, repository, since },
        }),
      )
      const done = await context.engine.executeAll(wishes, asked)
      if ('rejected' in done) return context.refuse(reply, done)
      return reply.code(202).send({ repositories: source.repositories, since })
    })
    app.get(path, { schema: { params } }, async (request, reply) => {
      const { connection } = request.params
      const source = known.get(connection)
      if (source === undefined) return context.unknown(reply, 'connection', connection, names)
      return Promise.all(
        source.repositories.map(async (repository) => {
          const { state } = await context.engine.load(backfills, idOf(connection, repository))
          const { status, place, pages, observations, notes, reason, since } = state
          return {
            repository,
            status,
            since,
            place: place ?? null,
            pages,
            observations,
            notes,
            reason,
          }
        }),
      )
    })
  }
}
