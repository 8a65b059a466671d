/**
 * The tests of a job that several shards share, handed out to whoever asks under its job's lease,
 * or dealt to all of them at once. What a shard held, or had done, when its lease ended without
 * being the last word on its job is handed to the next.
 */
import { z } from 'zod'
import type { Facts } from '#engine/engine.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import type { JobShard } from '../events.ts'
import { type RunRow, runNamed } from '../queries.ts'
import { fileTimes } from '../queries/tests.ts'
import type { JobState, RunState } from '../run-state.ts'
import { timedFiles } from '../tests/file-times.ts'
import {
  dealt,
  FILES_MAX,
  leasesIn,
  openFiles,
  type Split,
  type SplitCommand,
  splits,
} from '../tests/split.ts'
import { leaseOf } from '../protocol.ts'
import { LEASE_LOST } from './lease.ts'

/** The files of a large service, each with a long path. */
const BYTES_MAX = 4 * 1024 * 1024

const jobOf = z.object({ run: z.string().max(60), job: z.string().max(80) })
const dealtBody = leaseOf.extend({
  /** What the shard has found. The first to ask decides for all of them. */
  files: z.array(z.string().min(1).max(500)).max(FILES_MAX),
})
const nextBody = dealtBody.extend({ isDone: z.boolean() })
const handAnswer = z.object({
  /** None: there is nothing, or nothing left, to ask for. */
  files: z.array(z.string()),
  /** Still to be done by somebody, these included. */
  left: z.int(),
})

export function splitRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  app.post(
    '/runner/jobs/:run/:job/tests/next',
    {
      schema: { params: jobOf, body: nextBody, response: { 200: handAnswer } },
      bodyLimit: BYTES_MAX,
    },
    async (request, reply) => {
      const { run, job } = request.params
      const { lease, files, isDone } = request.body
      const row = await runNamed(engine.reads, run)
      const holder = holderOf(row, lease, job)
      if (row === undefined || holder === undefined) return context.refuse(reply, LEASE_LOST)
      const { shard } = holder.spec.leg ?? {}
      if (shard === undefined) return context.refuse(reply, notSharded(job))
      const timed = await timesOf(row, shard, files)
      const asked = { at: context.now(), by: context.actor(request).id, lease }
      const say = async ({ state, reads }: Facts<Split>): Promise<SplitCommand> => {
        const now = await runNamed(reads, run)
        const dead = leasesIn(state).filter((held) => now === undefined || !counts(now.state, held))
        const take = { files: timed, shards: shard.total, isDone, dead }
        return { type: 'split.take', ...asked, ...take }
      }
      const id = splitOf(run, holder)
      const done = await engine.execute(splits, id, say, context.request(request))
      if (done.rejected) return context.refuse(reply, done)
      const held = done.state.held.get(lease) ?? []
      return { files: held.map(({ file }) => file), left: openFiles(done.state) }
    },
  )
  app.post(
    '/runner/jobs/:run/:job/tests/dealt',
    {
      schema: { params: jobOf, body: dealtBody, response: { 200: handAnswer } },
      bodyLimit: BYTES_MAX,
    },
    async (request, reply) => {
      const { run, job } = request.params
      const { lease, files } = request.body
      const row = await runNamed(engine.reads, run)
      const holder = holderOf(row, lease, job)
      if (row === undefined || holder === undefined) return context.refuse(reply, LEASE_LOST)
      const { shard } = holder.spec.leg ?? {}
      if (shard === undefined) return context.refuse(reply, notSharded(job))
      const opening = { files: await timesOf(row, shard, files), shards: shard.total }
      const asked = { at: context.now(), by: context.actor(request).id }
      const command: SplitCommand = { type: 'split.open', ...asked, ...opening }
      const id = splitOf(run, holder)
      const done = await engine.execute(splits, id, command, context.request(request))
      if (done.rejected) return context.refuse(reply, done)
      // Of the times that the first one saw: they may have changed since.
      const hand = dealt(done.state.queue, done.state.shards)[shard.index - 1] ?? []
      return { files: hand.map(({ file }) => file), left: openFiles(done.state) }
    },
  )

  async function timesOf(row: RunRow, { by }: JobShard, files: readonly string[]) {
    return timedFiles(files, by === 'timing' ? await fileTimes(engine.reads, row.service) : [])
  }
}

const holderOf = (row: RunRow | undefined, lease: string, job: string): JobState | undefined =>
  row?.state.jobs.find(
    (each) => each.status === 'leased' && each.lease === lease && each.spec.name === job,
  )

/** Shards of one combination of a matrix share; those of another have the same tests again. */
function splitOf(run: string, { spec }: JobState): string {
  const { of = spec.name, matrix = {} } = spec.leg ?? {}
  const values = Object.entries(matrix).map(([axis, value]) => `${axis}=${value}`)
  return [run, of, ...values].join('/')
}

/** Whether somebody works under it, or it had the last word on its job. */
function counts({ jobs }: RunState, lease: string): boolean {
  return jobs.some(({ status, lease: holds, attempt, told }) => {
    if (status === 'leased') return holds === lease
    return status === 'ended' && told.some((end) => end.lease === lease && end.attempt === attempt)
  })
}

const notSharded = (job: string) =>
  ({
    rejected: true,
    code: 'split.no-shards',
    message: `${job} is no shard of anything.`,
    remedy: 'Write shards: { total: 4, mode: queue } in its pipeline.',
  }) as const
