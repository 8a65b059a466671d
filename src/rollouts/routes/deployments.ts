/** Deployments: watching one, and what people may do to it on its way. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App, RouteContext } from '#engine/routing.ts'
import { type DeploymentCommand, reason } from '../commands.ts'
import { deployments } from '../deployment.ts'
import { deploymentNamed, deployments as deploymentRows } from '../queries.ts'
import { deploymentDetailOf } from './answers.ts'
import { deploymentOutcome } from '../schemas.ts'
import { asked } from './asked.ts'
import { deploymentDetail, deploymentSummary } from './shapes.ts'

const name = z.string().min(1).max(100)
const byId = z.object({ id: z.string().max(60) })
const list = z.object({
  service: name.optional(),
  environment: name.optional(),
  release: name.optional().describe('id'),
  open: z.stringbool().optional().describe('not finished yet'),
  outcome: deploymentOutcome.optional(),
  since: z.coerce.number().int().min(0).optional().describe('started at or after'),
  until: z.coerce.number().int().min(0).optional().describe('started before'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const why = z.strictObject({ reason })
const maybeWhy = z.strictObject({ reason: reason.optional() }).nullish()

export function deploymentRoutes(app: App, context: RouteContext): void {
  const { engine } = context

  app.get(
    '/deployments',
    { schema: { querystring: list, response: { 200: z.array(deploymentSummary) } } },
    async ({ query }) => deploymentRows(engine.reads, query),
  )
  app.get(
    '/deployments/:id',
    { schema: { params: byId, response: { 200: deploymentDetail } } },
    async ({ params }, reply) => showDeployment(context, reply, params.id),
  )
  for (const verb of ['pause', 'resume', 'advance', 'abort'] as const)
    app.post(
      `/deployments/:id/${verb}`,
      { schema: { params: byId, body: why, response: { 200: deploymentDetail } } },
      async (request, reply) => {
        const { id } = request.params
        if ((await deploymentNamed(engine.reads, id)) === undefined)
          return context.unknown(reply, 'deployment', id)
        const command = commandOf(verb, request.body.reason, asked(context, request))
        const done = await engine.execute(deployments, id, command, context.request(request))
        return done.rejected ? context.refuse(reply, done) : showDeployment(context, reply, id)
      },
    )
  // Too late by nature. It is asked for all the same, and then told what was meant.
  app.post(
    '/deployments/:id/cancel',
    { schema: { params: byId, body: maybeWhy, response: { 200: deploymentDetail } } },
    async (request, reply) => {
      const { id } = request.params
      if ((await deploymentNamed(engine.reads, id)) === undefined)
        return context.unknown(reply, 'deployment', id)
      const command = { type: 'deployment.cancel', ...asked(context, request) } as const
      const done = await engine.execute(deployments, id, command, context.request(request))
      return done.rejected ? context.refuse(reply, done) : showDeployment(context, reply, id)
    },
  )
}

function commandOf(
  verb: 'pause' | 'resume' | 'advance' | 'abort',
  text: string,
  by: { readonly at: number; readonly by: string },
): DeploymentCommand {
  switch (verb) {
    case 'pause':
      return { type: 'deployment.pause', ...by, reason: text }
    case 'resume':
      return { type: 'deployment.resume', ...by }
    case 'advance':
      return { type: 'deployment.advance', ...by, reason: text }
    case 'abort':
      return { type: 'deployment.abort', ...by, cause: 'person', reason: text }
  }
}

export async function showDeployment(context: RouteContext, reply: FastifyReply, id: string) {
  const row = await deploymentNamed(context.engine.reads, id)
  if (row === undefined) return context.unknown(reply, 'deployment', id)
  reply.header('etag', `"${row.revision}"`)
  return deploymentDetailOf(context.engine, row)
}
