/** Going back: where to and by which way, before it is done, and doing it. */
import { z } from 'zod'
import type { App, RouteContext } from '#engine/routing.ts'
import { reason } from '../commands.ts'
import { decide } from '../decide.ts'
import { deploymentNamed, promotionNamed, slotRow } from '../queries.ts'
import { gatherFacts } from '../queries/facts.ts'
import { rollbackFacts } from '../queries/rollback-facts.ts'
import { rollbackTarget } from '../rollback.ts'
import { takenBy } from '../slot.ts'
import { deployed, verdict } from '../schemas.ts'
import { deploymentDetailOf, promotionDetailOf } from './answers.ts'
import { asked } from './asked.ts'
import { deploymentDetail, promotionDetail } from './shapes.ts'
import { startBack } from './start-back.ts'
import { startRollback } from './start-rollback.ts'
import { unknownSlot } from './unknown-slot.ts'

const name = z.string().min(1).max(100)
const target = name
  .optional()
  .describe('release id or version; left out: the last validated before')
const question = z.object({
  service: name,
  environment: name,
  to: target,
  force: z.stringbool().default(false),
  forward: z.stringbool().default(false),
})
const back = z.strictObject({
  service: name,
  environment: name,
  reason,
  to: target,
  force: z.boolean().default(false).describe('below the rollback floor too, with a good reason'),
  forward: z
    .boolean()
    .default(false)
    .describe(
      'as a promotion, with its gates, approvals and canary: what it takes out of the window',
    ),
})
export const way = z.object({
  service: z.string(),
  environment: z.string(),
  to: deployed,
  undoes: deployed,
  path: z.enum(['fast', 'forward']),
  why: z.string(),
  caution: z.string().nullable(),
  verdict: verdict.nullable().describe('what it would wait for; null: nothing stands in its way'),
})

export function rollbackRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  const { reads } = engine
  app.get(
    '/rollback',
    { schema: { querystring: question, response: { 200: way } } },
    async (request, reply) => {
      const { service, environment, forward, ...rest } = request.query
      const row = await slotRow(reads, environment, service)
      if (row === undefined) return unknownSlot(context, reply, environment, service)
      const at = context.now()
      const about = { service, environment, ...rest, at }
      const taken = takenBy(row.state, '')
      if (taken !== undefined) return context.refuse(reply, taken)
      const found = rollbackTarget(await rollbackFacts(reads, about, row.state))
      if ('rejected' in found) return context.refuse(reply, found)
      const { to, undoes, caution = null, why } = found
      const path = forward ? 'forward' : found.path
      const place = { service, environment }
      const wish = { ...place, release: to.release, origin: 'person', requestedBy: '' } as const
      const going = { undoes: undoes.deployment, isForced: rest.force }
      const requestedBy = context.actor(request).id
      const gathered =
        path === 'fast'
          ? undefined
          : await gatherFacts(reads, { ...wish, requestedBy, back: going }, at)
      const judged =
        gathered === undefined || 'missing' in gathered ? null : decide(gathered.facts, at)
      return { ...place, to, undoes, path, why, caution, verdict: judged }
    },
  )
  app.post(
    '/rollback',
    { schema: { body: back, response: { 201: promotionDetail, 202: deploymentDetail } } },
    async (request, reply) => {
      const { service, environment, forward, ...rest } = request.body
      if ((await slotRow(reads, environment, service)) === undefined)
        return unknownSlot(context, reply, environment, service)
      const about = { service, environment, ...rest, ...asked(context, request) }
      if (forward) {
        const promotion = context.newId('prm', request)
        const refusal = await startBack(engine, { ...about, promotion }, context.request(request))
        if (refusal !== undefined) return context.refuse(reply, refusal)
        const row = await promotionNamed(reads, promotion)
        if (row === undefined) return context.unknown(reply, 'promotion', promotion)
        reply.code(201)
        return promotionDetailOf(engine, row, context.now())
      }
      const deployment = context.newId('dep', request)
      const refusal = await startRollback(
        engine,
        { ...about, deployment },
        context.request(request),
      )
      if (refusal !== undefined) return context.refuse(reply, refusal)
      const row = await deploymentNamed(reads, deployment)
      if (row === undefined) return context.unknown(reply, 'deployment', deployment)
      reply.code(202)
      return deploymentDetailOf(engine, row, context.now())
    },
  )
}
