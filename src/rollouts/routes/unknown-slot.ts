/** Says which part of a slot's name nobody knows, and what there is. */
import type { FastifyReply } from 'fastify'
import { environments, services } from '#catalog/queries.ts'
import type { RouteContext } from '#engine/routing.ts'
import { slotRows } from '../queries.ts'
import { slotId } from '../slot.ts'

export async function unknownSlot(
  context: RouteContext,
  reply: FastifyReply,
  environment: string,
  service: string,
) {
  const { reads } = context.engine
  const names = (await services(reads)).map((spec) => spec.name)
  if (!names.includes(service)) return context.unknown(reply, 'service', service, names)
  const places = (await environments(reads)).map((spec) => spec.name)
  if (!places.includes(environment))
    return context.unknown(reply, 'environment', environment, places)
  const have = (await slotRows(reads, { service })).map(({ id }) => id)
  return context.unknown(reply, 'slot', slotId(environment, service), have)
}
