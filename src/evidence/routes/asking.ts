/** What changed, what is called so, and the chain of one thing. */
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { history } from '#engine/store.ts'
import { changes, trace } from '../queries.ts'
import { search } from '../queries/search.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const page = z.object({
  environment: z.string().max(60).optional(),
  service: z.string().max(60).optional(),
  /** Milliseconds since 1970; left out: a day ago. */
  since: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

export const routes: Routes = (app, context) => {
  const { engine } = context
  app.get('/changes', { schema: { querystring: page } }, async ({ query }) =>
    changes(engine.reads, { ...query, since: query.since ?? context.now() - DAY_MS }),
  )
  app.get(
    '/history/:kind/:id',
    { schema: { params: z.object({ kind: z.string().max(30), id: z.string().max(1100) }) } },
    async ({ params: { kind, id } }, reply) => {
      const events = await history(engine.database, `${kind}-${id}`)
      if (events.length === 0) return context.unknown(reply, kind, id)
      return events.map(({ version, recordedAt, event }) => ({ version, recordedAt, ...event }))
    },
  )
  app.get(
    '/search',
    { schema: { querystring: z.object({ q: z.string().max(200) }) } },
    async ({ query: { q } }) => search(engine.reads, q),
  )
  app.get(
    '/trace/:ref',
    { schema: { params: z.object({ ref: z.string().min(1).max(200) }) } },
    async (request, reply) => {
      const { ref } = request.params
      const found = await trace(engine.reads, ref)
      if (found === undefined) return context.unknown(reply, 'reference', ref)
      // A run's whole state belongs to its own page.
      const runs = found.runs.map(({ state: _, jobs: __, ...run }) => run)
      return { ...found, runs }
    },
  )
}
