/** The beginning of server-sent events: from here on the reply is its caller's to write and end. */
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'

export function openEventStream(reply: FastifyReply): ServerResponse {
  reply.hijack()
  const out = reply.raw
  out.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  out.write('retry: 1000\n\n')
  return out
}
