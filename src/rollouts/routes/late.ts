/**
 * Late checks of what went ahead while nobody answered: what the checks say now of the release that
 * was asked about. Whoever reviews it decides on that.
 */
import { z } from 'zod'
import type { App, RouteContext } from '#engine/routing.ts'
import { recordNamed } from '#gates/queries/records.ts'
import { gatherFacts } from '../queries/facts.ts'
import { releaseMeant, unknownPlace, unknownRelease } from './promotions.ts'

const byId = z.object({ id: z.string().max(100) })

export function lateRoutes(app: App, context: RouteContext): void {
  const { reads } = context.engine
  app.get('/records/:id/late', { schema: { params: byId } }, async (request, reply) => {
    const { id } = request.params
    const record = await recordNamed(reads, id)
    if (record?.kind !== 'unanswered' || record.environment === null)
      return context.unknown(reply, 'record', id)
    const { service, environment, by: requestedBy } = record
    const ref = record.release ?? undefined
    const release = await releaseMeant(context, service, ref)
    if (release === undefined) return unknownRelease(context, reply, service, ref)
    const wish = { service, environment, release: release.release, requestedBy }
    const gathered = await gatherFacts(reads, { ...wish, origin: 'person' }, context.now())
    if ('missing' in gathered) return unknownPlace(context, reply, gathered)
    const { checks } = gathered.facts
    return { record, version: release.version, checks }
  })
}
