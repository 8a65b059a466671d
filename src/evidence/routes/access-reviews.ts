/** Access reviews: begun by hand or by the calendar, decided on line by line, closed and signed. */
import { z } from 'zod'
import { actorNamed, otherAccounts } from '#access/queries.ts'
import type { RouteContext, Routes } from '#engine/routing.ts'
import { countsOf } from '../access-review/result.ts'
import { accessReviews, type AccessReviewCommand } from '../access-review/review.ts'
import { REVIEW_DAYS } from '../access-review/schedule.ts'
import {
  accessReviewNamed,
  type AccessReviewRow,
  accessReviewsIn,
  grantsOf,
} from '../queries/access-reviews.ts'

export interface AccessReviewNeeds {
  readonly ownAccounts: readonly string[]
}

const DAY_MS = 24 * 60 * 60 * 1000
const id = z.object({ id: z.string().max(60) })
const page = z.object({
  open: z.stringbool().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const startBody = z.strictObject({
  team: z
    .string()
    .min(1)
    .max(60)
    .default('*')
    .describe('`*`: who is in no team that owns a service'),
  days: z.int().min(1).max(90).default(REVIEW_DAYS).describe('until what nobody keeps is revoked'),
})
const decideBody = z.strictObject({
  actor: z.string().max(60),
  role: z.enum(['viewer', 'developer', 'operator', 'approver', 'admin', 'runner']),
  decision: z.enum(['keep', 'revoke']),
  reason: z.string().trim().min(3).max(500),
})

export const accessReviewRoutes =
  ({ ownAccounts }: AccessReviewNeeds): Routes =>
  (app, context) => {
    const { engine } = context
    app.get('/access/reviews', { schema: { querystring: page } }, async ({ query }) =>
      (await accessReviewsIn(engine.reads, query)).map(shown),
    )
    app.get('/access/reviews/:id', { schema: { params: id } }, async ({ params }, reply) => {
      const row = await accessReviewNamed(engine.reads, params.id)
      if (row !== undefined) return { ...shown(row), ...row.state }
      const known = (await accessReviewsIn(engine.reads, { limit: 50 })).map((each) => each.id)
      return context.unknown(reply, 'access-review', params.id, known)
    })
    app.post('/access/reviews', { schema: { body: startBody } }, async (request, reply) => {
      const { team, days } = request.body
      const review = context.newId('acr', request)
      const at = context.now()
      const { teams } = await grantsOf(engine.reads, team, ownAccounts)
      if (team !== '*' && !teams.includes(team)) return context.unknown(reply, 'team', team, teams)
      const asked = { at, by: context.actor(request).id, dueAt: at + days * DAY_MS }
      const done = await engine.execute(
        accessReviews,
        review,
        async ({ reads }): Promise<AccessReviewCommand> => {
          const { grants } = await grantsOf(reads, team, ownAccounts)
          return { type: 'accessReview.start', ...asked, team, trigger: 'person', grants }
        },
        context.request(request),
      )
      if (done.rejected) return context.refuse(reply, done)
      return reply.code(201).send(await answer(context, review))
    })
    decisions(app, context)
  }

const decisions: Routes = (app, context) => {
  const { engine } = context
  app.post(
    '/access/reviews/:id/decide',
    { schema: { params: id, body: decideBody } },
    async (request, reply) => {
      const { id: by, kind, roles } = context.actor(request)
      const decide = async ({ reads }: Pick<typeof engine, 'reads'>) => ({
        type: 'accessReview.decide' as const,
        ...{ at: context.now(), by, ...request.body },
        reviewer: {
          isPerson: kind === 'person',
          isAdmin: roles.includes('admin'),
          teams: (await actorNamed(reads, by))?.teams ?? [],
          otherAccounts: await otherAccounts(reads, by),
        },
      })
      const { id: review } = request.params
      const done = await engine.execute(accessReviews, review, decide, context.request(request))
      return done.rejected ? context.refuse(reply, done) : answer(context, review)
    },
  )
  app.post('/access/reviews/:id/close', { schema: { params: id } }, async (request, reply) => {
    const asked = { at: context.now(), by: context.actor(request).id }
    const command = { type: 'accessReview.close', ...asked } as const
    const { id: review } = request.params
    const done = await engine.execute(accessReviews, review, command, context.request(request))
    return done.rejected ? context.refuse(reply, done) : answer(context, review)
  })
}

async function answer({ engine }: RouteContext, review: string) {
  const row = await accessReviewNamed(engine.reads, review)
  return row && { ...shown(row), ...row.state }
}

function shown({ state, ...row }: AccessReviewRow) {
  return { ...row, trigger: state.trigger, startedBy: state.startedBy, counts: countsOf(state) }
}
