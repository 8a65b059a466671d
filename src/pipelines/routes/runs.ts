/** Reading runs, starting and cancelling one. */
import { z } from 'zod'
import type { Git } from '#catalog/ports.ts'
import { branchesOf, serviceNamed, services } from '#catalog/queries.ts'
import type { Logger } from '#engine/log.ts'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import { failureIn } from '../failure.ts'
import { jobsIn, runNamed, type RunRow, runs as runsList } from '../queries.ts'
import { queueRun } from '../reconcilers/queue.ts'
import { runs } from '../run.ts'

const page = z.object({
  service: z.string().max(100).optional(),
  branch: z.string().max(250).optional(),
  outcome: z.enum(['running', 'succeeded', 'failed', 'cancelled']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const id = z.object({ id: z.string().max(60) })

export interface RunsNeed {
  readonly git: Git
  readonly log: Logger
}

export const runRoutes =
  (needs: RunsNeed): Routes =>
  (app, context) => {
    readingRoutes(app, context)
    actingRoutes(app, context, needs)
  }

function readingRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  app.get('/runs', { schema: { querystring: page } }, async (request) => {
    const rows = await runsList(engine.reads, request.query)
    return rows.map(summary)
  })
  app.get('/runs/:id', { schema: { params: id } }, async (request, reply) => {
    const row = await runNamed(engine.reads, request.params.id)
    if (row === undefined) return context.unknown(reply, 'run', request.params.id)
    return { ...summary(row), jobs: jobsIn(row) }
  })
}

function actingRoutes(app: App, context: RouteContext, { git, log }: RunsNeed): void {
  const { engine } = context
  app.post(
    '/runs',
    { schema: { body: z.strictObject({ service: z.string() }) } },
    async (request, reply) => {
      const { service: name } = request.body
      const service = await serviceNamed(engine.reads, name)
      if (service === undefined) {
        const names = (await services(engine.reads)).map((spec) => spec.name)
        return context.unknown(reply, 'service', name, names)
      }
      const { repository, branch } = service.source
      const branches = await branchesOf(engine.reads, repository)
      const head = branches.find((each) => each.branch === branch)?.head
      if (head === undefined || head === '')
        return context.refuse(reply, {
          rejected: true,
          code: 'run.nothing-pushed',
          message: `Nothing was pushed to ${branch} of ${repository} yet.`,
          remedy: 'Push a commit, and tell the server: POST /api/v1/repositories/push.',
        })
      const needs = { engine, git, log, now: () => context.now() }
      const queued = await queueRun(needs, service, head, 'manual', context.actor(request))
      if ('code' in queued.answer && queued.answer.rejected)
        return context.refuse(reply, queued.answer)
      return reply.code(201).send({ id: queued.id })
    },
  )
  app.post('/runs/:id/cancel', { schema: { params: id } }, async (request, reply) => {
    const command = {
      type: 'run.cancel',
      at: context.now(),
      by: context.actor(request).id,
    } as const
    const done = await engine.execute(runs, request.params.id, command, context.request(request))
    return done.rejected ? context.refuse(reply, done) : { version: done.version }
  })
}

export type RunAnswer = ReturnType<typeof summary>

function summary(row: RunRow) {
  const { state: _, jobs: __, ready: ___, leased: ____, ...rest } = row
  const failure = row.outcome === 'failed' ? failureIn(jobsIn(row)) : null
  return { ...rest, progress: progressOf(row), failure }
}

function progressOf({ state }: RunRow): { readonly ended: number; readonly total: number } {
  return {
    ended: state.jobs.filter((job) => job.status === 'ended').length,
    total: state.jobs.length,
  }
}
