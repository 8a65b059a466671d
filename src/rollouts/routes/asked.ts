/** Who wishes, and when: what every command of a person begins with. */
import type { FastifyRequest } from 'fastify'
import type { RouteContext } from '#engine/routing.ts'

export function asked(context: RouteContext, request: FastifyRequest) {
  return { at: context.now(), by: context.actor(request).id }
}
