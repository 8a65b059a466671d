/**
 * The tests of a job that several shards share, handed out to whoever asks under its job's lease.
 * What a shard held when its lease ended is handed to the next.
 */
import { z } from 'zod'
import type { Facts } from '#engine/engine.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { runNamed } from '../queries.ts'
import { fileTimes } from '../queries/tests.ts'
import { timedFiles } from '../tests/file-times.ts'
import { FILES_MAX, openFiles, type Split, type SplitCommand, splits } from '../tests/split.ts'
import { leaseOf } from '../protocol.ts'
import { hasLeaseOf, LEASE_LOST } from './lease.ts'

/** The files of a large service, each with a long path. */
const BYTES_MAX = 4 * 1024 * 1024

const jobOf = z.object({ run: z.string().max(60), job: z.string().max(80) })
const nextBody = leaseOf.extend({
  /** The job as written, which all its shards have in common. */
  group: z.string().min(1).max(80),
  shards: z.int().min(1).max(256),
  files: z.array(z.string().min(1).max(500)).max(FILES_MAX),
  isDone: z.boolean(),
})
const nextAnswer = z.object({
  /** None: there is nothing left to ask for. */
  files: z.array(z.string()),
  /** Still to be done by somebody, these included. */
  left: z.int(),
})

export function splitRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  app.post(
    '/runner/jobs/:run/:job/tests/next',
    {
      schema: { params: jobOf, body: nextBody, response: { 200: nextAnswer } },
      bodyLimit: BYTES_MAX,
    },
    async (request, reply) => {
      const { run, job } = request.params
      const { lease, group, shards, files, isDone } = request.body
      const row = await runNamed(engine.reads, run)
      if (row === undefined || !hasLeaseOf(row.state, lease, job))
        return context.refuse(reply, LEASE_LOST)
      const timed = timedFiles(files, await fileTimes(engine.reads, row.service))
      const asked = { at: context.now(), by: context.actor(request).id, lease }
      const say = async ({ state, reads }: Facts<Split>): Promise<SplitCommand> => {
        const now = await runNamed(reads, run)
        const dead = [...state.held.keys()].filter(
          (held) => now === undefined || !hasLeaseOf(now.state, held),
        )
        return { type: 'split.take', ...asked, files: timed, shards, isDone, dead }
      }
      const id = `${run}/${group}`
      const done = await engine.execute(splits, id, say, context.request(request))
      if (done.rejected) return context.refuse(reply, done)
      const held = done.state.held.get(lease) ?? []
      return { files: held.map(({ file }) => file), left: openFiles(done.state) }
    },
  )
}
