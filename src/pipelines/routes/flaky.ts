/** Flaky tests: the board, one case with its history, and who answers for its failures. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { serviceNamed } from '#catalog/queries.ts'
import type { Facts } from '#engine/engine.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import type { Rejection } from '#kernel/decider.ts'
import {
  caseHistories,
  flakyCaseNamed,
  type FlakyCaseRow,
  flakyCases as flakyRows,
} from '../queries/tests.ts'
import { isBroken, isNew } from '../tests/case-history.ts'
import { type CaseCommand, quarantineBody, releaseBody } from '../tests/commands.ts'
import { flakyCases, type FlakyCase } from '../tests/flaky-case.ts'
import {
  BOARD_STATES,
  flakyDetail,
  type FlakyDetail,
  flakySummary,
  type FlakySummary,
} from './flaky-shapes.ts'

const name = z.string().min(1).max(100)
const list = z.object({
  service: name.optional(),
  state: z.enum(BOARD_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
const byId = z.object({ id: name })

export function flakyRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  app.get(
    '/flaky',
    { schema: { querystring: list, response: { 200: z.array(flakySummary) } } },
    async ({ query }) => (await flakyRows(engine.reads, query)).map(summaryOf),
  )
  app.get(
    '/flaky/:id',
    { schema: { params: byId, response: { 200: flakyDetail } } },
    async (request, reply) => {
      const row = await flakyCaseNamed(engine.reads, request.params.id)
      return row === undefined
        ? unknownCase(context, reply, request.params.id)
        : detailOf(engine.reads, row)
    },
  )
  app.post(
    '/flaky/:id/quarantine',
    { schema: { params: byId, body: quarantineBody } },
    async (request, reply) => {
      const { expiresIn, ...facts } = request.body
      const isPerson = context.actor(request).kind === 'person'
      return act(context, request, reply, request.params.id, async (row, reads, asked) => {
        const history = (await caseHistories(reads, row.service, [row.case])).get(row.case)
        return {
          type: 'case.quarantine',
          ...asked,
          ...facts,
          expiresAt: asked.at + expiresIn,
          isPerson,
          isNew: history === undefined || isNew(history),
          isBroken: history !== undefined && isBroken(history),
        }
      })
    },
  )
  app.post(
    '/flaky/:id/release',
    { schema: { params: byId, body: releaseBody } },
    async (request, reply) => {
      const { reason } = request.body
      return act(context, request, reply, request.params.id, async (_, __, asked) => ({
        type: 'case.release',
        ...asked,
        reason,
      }))
    },
  )
}

type Reads = Facts<FlakyCase>['reads']

interface Asked {
  readonly at: number
  readonly by: string
  readonly service: string
  readonly case: string
}

async function act(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
  wish: (row: FlakyCaseRow, reads: Reads, asked: Asked) => Promise<CaseCommand>,
) {
  const { engine } = context
  const row = await flakyCaseNamed(engine.reads, id)
  if (row === undefined) return unknownCase(context, reply, id)
  const asked = { at: context.now(), by: context.actor(request).id }
  const say = ({ reads }: Facts<FlakyCase>): Promise<CaseCommand | Rejection> =>
    wish(row, reads, { ...asked, service: row.service, case: row.case })
  const done = await engine.execute(flakyCases, id, say, context.request(request))
  if (done.rejected) return context.refuse(reply, done)
  const after = (await flakyCaseNamed(engine.reads, id)) ?? row
  const tier = (await serviceNamed(engine.reads, row.service))?.tier
  return { ...(await detailOf(engine.reads, after)), tier }
}

async function unknownCase(context: RouteContext, reply: FastifyReply, id: string) {
  const known = await flakyRows(context.engine.reads, { limit: 500 })
  return context.unknown(
    reply,
    'case',
    id,
    known.map((row) => row.id),
  )
}

function summaryOf(row: FlakyCaseRow): FlakySummary {
  const { id, service, status, mean, disagreed, agreed, message, quarantine, ended, times } = row
  const { lastFailedAt: at, lastFailedRun: run, lastFailedJob: job, lastFailedSha: sha } = row
  const lastFailed =
    at !== null && run !== null && job !== null && sha !== null ? { at, run, job, sha } : null
  const state = quarantine === null ? status : 'quarantined'
  const figures = { mean, disagreed, agreed, lastFailed, message }
  return { id, service, case: row.case, state, ...figures, quarantine, ended, times }
}

async function detailOf(reads: Reads, row: FlakyCaseRow): Promise<FlakyDetail> {
  const history = (await caseHistories(reads, row.service, [row.case])).get(row.case)
  if (history === undefined)
    return {
      ...summaryOf(row),
      ...{ file: null, firstSeen: null, p75Ms: null, isBroken: false, isNew: true, recent: [] },
    }
  const { file, firstAt, firstSha, p75Ms, recent } = history
  return {
    ...summaryOf(row),
    file,
    firstSeen: { at: firstAt, sha: firstSha },
    p75Ms,
    isBroken: isBroken(history),
    isNew: isNew(history),
    recent: recent.map(({ same: _, ...each }) => each),
  }
}
