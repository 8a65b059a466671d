/** A runner's bytes, from who holds the lease of exactly this attempt. */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { App, RouteContext } from '#engine/routing.ts'
import type { LogStore } from '../../ports.ts'
import { LEASE_HEADER, LOG_CHUNK_BYTES_MAX } from '../../protocol.ts'
import { runNamed } from '../../queries.ts'
import { hasLeaseOf, LEASE_LOST } from '../lease.ts'
import type { LogTails } from './tails.ts'

const jobOf = z.object({ run: z.string().max(60), job: z.string().max(200) })
const logAt = z.object({
  attempt: z.coerce.number().int().min(1),
  offset: z.coerce.number().int().min(0),
})

interface Needs {
  readonly logs: LogStore
  readonly tails: LogTails
}

export function appendRoute(app: App, context: RouteContext, { logs, tails }: Needs): void {
  app.post(
    '/runner/jobs/:run/:job/log',
    { schema: { params: jobOf, querystring: logAt }, bodyLimit: LOG_CHUNK_BYTES_MAX + 1024 },
    async (request, reply) => {
      const { run, job } = request.params
      const { attempt, offset } = request.query
      const row = await runNamed(context.engine.reads, run)
      const lease = String(request.headers[LEASE_HEADER] ?? '')
      if (row === undefined || !hasLeaseOf(row.state, lease, job, attempt))
        return context.refuse(reply, LEASE_LOST)
      const bytes = await bytesOf(request.body as Readable)
      const log = { run, job, attempt }
      const answer = await logs.append(log, offset, bytes)
      tails.ring(log)
      return answer
    },
  )
}

async function bytesOf(body: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > LOG_CHUNK_BYTES_MAX) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).subarray(0, LOG_CHUNK_BYTES_MAX)
}
