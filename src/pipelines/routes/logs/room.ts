/**
 * Reading logs: bytes by offset or range, lines by number, what a search finds, and a stream of
 * what is being written. Every answer is bounded; a log of a million lines costs no more than one
 * of ten.
 */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { openEventStream } from '#engine/event-stream.ts'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import { GROUP_LINES, groupsOf } from '../../logs/groups.ts'
import { compilePattern } from '../../logs/pattern.ts'
import type { KnownSecrets, LogName, LogStore } from '../../ports.ts'
import { jobsIn, runNamed } from '../../queries.ts'
import { appendRoute } from './append.ts'
import { follow } from './follow.ts'
import { LINES_MAX, linesFrom } from './lines-from.ts'
import { type LogReads, maskedLogs, READ_BYTES } from './masked.ts'
import { SEARCHES_MAX, searchLog } from './search.ts'
import { LogTails } from './tails.ts'

export interface LogsNeed {
  readonly logs: LogStore
  readonly secrets: KnownSecrets
}

const jobAt = z.object({ id: z.string().max(60), job: z.string().max(200) })
const attempt = z.coerce.number().int().min(1).optional()
const lineNumber = z.coerce.number().int()
const windowAsked = z.object({
  attempt,
  offset: z.coerce.number().int().default(0),
  fromLine: lineNumber.optional().describe('the first is 0; a negative one counts from the end'),
  lines: z.coerce.number().int().min(1).max(LINES_MAX).default(200),
})
const searchAsked = z.object({
  attempt,
  q: z.string().max(1_000),
  regex: z.stringbool().default(false),
  case: z.stringbool().default(false).describe('whether capitals matter'),
  fromLine: lineNumber.min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  context: z.coerce.number().int().min(0).max(10).default(0),
})
const streamAsked = z.object({
  attempt,
  offset: z.coerce.number().int().optional(),
  text: z.stringbool().default(true).describe('false: only how long it is by now'),
})

/** Its attempt, and whether nothing will be added. */
interface Found {
  readonly log: LogName
  readonly isDone: boolean
}

export const logRoutes =
  ({ logs: store, secrets }: LogsNeed): Routes =>
  (app, context) => {
    const logs = maskedLogs(store, secrets, () => context.now())
    const tails = new LogTails(logs, (log) => isDone(context, log))
    const known = finder(context)
    appendRoute(app, context, { logs: store, tails })
    windowRoutes(app, logs, known)
    searchRoutes(app, context, { logs, known })
    streamRoute(app, context, { logs, tails, known })
  }

type Finder = (
  reply: FastifyReply,
  at: z.infer<typeof jobAt>,
  attempt: number | undefined,
) => Promise<Found | undefined>

/** Answers 404 itself when there is no such job or attempt. */
function finder(context: RouteContext): Finder {
  return async (reply, { id: run, job }, attempt) => {
    const row = await runNamed(context.engine.reads, run)
    const jobs = row === undefined ? [] : jobsIn(row)
    const found = jobs.find(({ name }) => name === job)
    if (found === undefined) {
      const names = jobs.map(({ name }) => name)
      context.unknown(
        reply,
        row === undefined ? 'run' : 'job',
        row === undefined ? run : job,
        names,
      )
      return undefined
    }
    if (attempt !== undefined && attempt > found.attempt) {
      const attempts = Array.from({ length: found.attempt }, (_, i) => `${i + 1}`)
      context.unknown(reply, 'attempt', String(attempt), attempts)
      return undefined
    }
    const log = { run, job, attempt: attempt ?? found.attempt }
    return { log, isDone: isOver(found, log) }
  }
}

type Job = ReturnType<typeof jobsIn>[number]

const isOver = (job: Job, { attempt }: LogName): boolean =>
  job.status === 'ended' || attempt < job.attempt

async function isDone(context: RouteContext, log: LogName): Promise<boolean> {
  const row = await runNamed(context.engine.reads, log.run)
  const found = row && jobsIn(row).find(({ name }) => name === log.job)
  return found === undefined || isOver(found, log)
}

function windowRoutes(app: App, logs: LogReads, known: Finder): void {
  app.get(
    '/runs/:id/jobs/:job/log',
    { schema: { params: jobAt, querystring: windowAsked } },
    async (request, reply) => {
      const { attempt: asked, fromLine, lines, offset } = request.query
      const found = await known(reply, request.params, asked)
      if (found === undefined) return reply
      if (fromLine !== undefined) {
        const read = await linesFrom(logs, found.log, { from: fromLine, max: lines })
        return { ...read, attempt: found.log.attempt, isDone: found.isDone }
      }
      const range = rangeOf(request.headers.range)
      const length = range?.length ?? READ_BYTES
      const { bytes, ...at } = await logs.read(found.log, range?.offset ?? offset, length)
      if (range !== undefined && bytes.length > 0) {
        const last = at.offset + bytes.length - 1
        reply.code(206).header('content-range', `bytes ${at.offset}-${last}/${at.size}`)
      }
      return reply
        .header('content-type', 'application/octet-stream')
        .header('accept-ranges', 'bytes')
        .header('x-log-offset', at.offset)
        .header('x-log-size', at.size)
        .header('x-log-done', String(found.isDone))
        .send(Buffer.from(bytes))
    },
  )
  app.get(
    '/runs/:id/jobs/:job/log/whole',
    { schema: { params: jobAt, querystring: z.object({ attempt }) } },
    async (request, reply) => {
      const found = await known(reply, request.params, request.query.attempt)
      if (found === undefined) return reply
      const { run, job, attempt: number } = found.log
      const name = `${run}-${job}.${number}.log`.replaceAll(/[^\w.-]+/g, '_')
      return reply
        .header('content-type', 'text/plain; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(Readable.from(wholeOf(logs, found.log)))
    },
  )
}

/** As far as it was written when its end was reached. */
async function* wholeOf(logs: LogReads, log: LogName): AsyncGenerator<Uint8Array> {
  for (let at = 0; ;) {
    const { bytes } = await logs.read(log, at, READ_BYTES)
    if (bytes.length === 0) return
    yield bytes
    at += bytes.length
  }
}

/** `bytes=0-99`, `bytes=100-`, `bytes=-100`: one range, as much of it as an answer holds. */
function rangeOf(header: string | undefined) {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? undefined : { offset: -Number(last), length: READ_BYTES }
  const offset = Number(first)
  if (last === '') return { offset, length: READ_BYTES }
  const length = Number(last) - offset + 1
  return length > 0 ? { offset, length: Math.min(length, READ_BYTES) } : undefined
}

interface Reading {
  readonly logs: LogReads
  readonly known: Finder
}

function searchRoutes(app: App, context: RouteContext, { logs, known }: Reading): void {
  let searches = 0
  const search = async (
    reply: FastifyReply,
    found: Found,
    asked: Omit<Parameters<typeof searchLog>[2], 'signal' | 'pattern'> &
      Parameters<typeof compilePattern>[0],
  ) => {
    const pattern = compilePattern(asked)
    if ('rejected' in pattern) return void context.refuse(reply, pattern)
    if (searches >= SEARCHES_MAX) return void context.refuse(reply, BUSY)
    searches += 1
    try {
      return await searchLog(logs, found.log, { ...asked, pattern, signal: goneSignal(reply.raw) })
    } finally {
      searches -= 1
    }
  }
  app.get(
    '/runs/:id/jobs/:job/log/search',
    { schema: { params: jobAt, querystring: searchAsked } },
    async (request, reply) => {
      const {
        q: text,
        regex: isRegex,
        case: isCaseSensitive,
        fromLine: from,
        ...rest
      } = request.query
      const found = await known(reply, request.params, rest.attempt)
      if (found === undefined) return reply
      const asked = { text, isRegex, isCaseSensitive, from, ...rest }
      return (await search(reply, found, asked)) ?? reply
    },
  )
  app.get(
    '/runs/:id/jobs/:job/log/groups',
    { schema: { params: jobAt, querystring: z.object({ attempt }) } },
    async (request, reply) => {
      const found = await known(reply, request.params, request.query.attempt)
      if (found === undefined) return reply
      const asked = { text: GROUP_LINES, isRegex: true, isCaseSensitive: true }
      const marks = await search(reply, found, { ...asked, from: 0, limit: 500, context: 0 })
      if (marks === undefined) return reply
      return { groups: groupsOf(marks.matches), isWhole: marks.next === null }
    },
  )
}

const BUSY = {
  rejected: true,
  code: 'log.busy',
  message: 'Several logs are being searched already.',
  remedy: 'Ask again in a few seconds.',
} as const

function goneSignal(out: ServerResponse): AbortSignal {
  const gone = new AbortController()
  out.once('close', () => gone.abort())
  return gone.signal
}

interface Streaming extends Reading {
  readonly tails: LogTails
}

function streamRoute(app: App, context: RouteContext, { logs, tails, known }: Streaming): void {
  app.get(
    '/runs/:id/jobs/:job/log/stream',
    { schema: { params: jobAt, querystring: streamAsked }, config: { rateLimit: false } },
    async (request, reply) => {
      const { attempt: asked, offset = 0, text } = request.query
      const found = await known(reply, request.params, asked)
      if (found === undefined) return reply
      const heard = /^\d{1,15}$/.exec(String(request.headers['last-event-id'] ?? ''))
      const place = await logs.read(found.log, heard === null ? offset : Number(heard[0]), 0)
      const tail = tails.join(found.log)
      if (tail === undefined) return context.refuse(reply, CROWDED)
      const out = openEventStream(reply)
      try {
        await follow({ tail, out, from: place.offset, isTextWanted: text })
      } catch {
        // The disk or the database is away: a viewer comes back by itself, and goes on.
        out.destroy()
      } finally {
        tails.leave(tail)
      }
      return reply
    },
  )
}

const CROWDED = {
  rejected: true,
  code: 'log.crowded',
  message: 'Too many people follow logs on this server at once.',
  remedy: 'Read the log by its lines, or follow it again later.',
} as const
