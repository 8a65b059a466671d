/** Trains: their timetable, who would board the next one, and who boarded those that left. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App, RouteContext } from '#engine/routing.ts'
import { departuresIn, nextDeparture } from '#releases/queries/timetable.ts'
import { ON_FAILURE, planReason } from '../plans/commands.ts'
import { trains } from '../plans/train.ts'
import {
  boardingOf,
  departuresOf,
  passengersOf,
  trainNamed,
  type TrainRow,
  trainRows,
} from '../queries/trains.ts'
import { asked } from './asked.ts'

const instant = z.number().int().describe('milliseconds since 1970')
const byId = z.object({ id: z.string().min(1).max(100) })
const why = z.strictObject({ reason: planReason })
export const passenger = z.object({
  service: z.string(),
  release: z.string(),
  version: z.string(),
  waits: z.string().nullable().describe('what it waits for on board'),
})
export const behind = z.object({
  service: z.string(),
  version: z.string().nullable(),
  code: z.string(),
  reason: z.string(),
  remedy: z.string(),
})
export const trainSummary = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  rule: z.string(),
  zone: z.string(),
  by: z.string(),
  late: z.enum(['skip', 'run']),
  onFailure: z.enum(ON_FAILURE),
  services: z.array(z.string()),
  next: instant.nullable().describe('departure; null: none in sight'),
  cutOffAt: instant.nullable(),
})
export const departure = z.object({
  train: z.string(),
  departsAt: instant,
  leftAt: instant.nullable().describe('null: it was missed'),
  plan: z.string().nullable(),
  reason: z.string().nullable(),
  boards: z.array(passenger),
  leftBehind: z.array(behind),
})
export const trainDetail = trainSummary.extend({
  timetable: z.array(instant).describe('the next departures'),
  departures: z.array(departure).describe('newest first'),
})
export const forecast = trainSummary.extend({
  boards: z.array(passenger),
  leftBehind: z.array(behind),
})

const DEPARTURES_SHOWN = 20
const AHEAD_MS = 60 * 86_400_000
const TIMETABLE_SHOWN = 5

export function trainRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  const { reads } = engine
  const running = async (id: string) => {
    const row = await trainNamed(reads, id)
    return row?.status === 'applied' ? row : undefined
  }

  app.get('/trains', { schema: { response: { 200: z.array(trainSummary) } } }, async () => {
    const all: z.infer<typeof trainSummary>[] = []
    for (const row of await trainRows(reads)) all.push(await summaryOf(context, row))
    return all
  })
  app.get(
    '/trains/:id',
    { schema: { params: byId, response: { 200: trainDetail } } },
    async ({ params }, reply) => {
      const row = await running(params.id)
      if (row === undefined) return unknown(context, reply, params.id)
      const departures = await departuresOf(reads, row.id, DEPARTURES_SHOWN)
      const now = context.now()
      const timetable = departuresIn(row.spec, now, now + AHEAD_MS).slice(0, TIMETABLE_SHOWN)
      return { ...(await summaryOf(context, row)), timetable, departures: departures.map(copied) }
    },
  )
  app.get(
    '/trains/:id/forecast',
    { schema: { params: byId, response: { 200: forecast } } },
    async ({ params }, reply) => {
      const row = await running(params.id)
      if (row === undefined) return unknown(context, reply, params.id)
      const summary = await summaryOf(context, row)
      const at = summary.next ?? context.now()
      return copied({ ...summary, ...(await boardingOf(reads, row, at, at)) })
    },
  )
  app.post(
    '/trains/:id/withdraw',
    { schema: { params: byId, body: why, response: { 200: trainSummary } } },
    async (request, reply) => {
      const { id } = request.params
      const row = await running(id)
      if (row === undefined) return unknown(context, reply, id)
      const command = { type: 'train.withdraw', ...asked(context, request), train: id } as const
      const told = { ...command, ...request.body }
      const done = await engine.execute(trains, id, told, context.request(request))
      return done.rejected === true ? context.refuse(reply, done) : summaryOf(context, row)
    },
  )
}

async function summaryOf({ engine, now }: RouteContext, { id, by, spec }: TrainRow) {
  const next = nextDeparture(spec, now()) ?? null
  const { from, to, rule, zone, late, onFailure } = spec
  return {
    ...{ id, by, from, to, rule, zone, late, onFailure, next },
    cutOffAt: next === null ? null : next - spec.cutOffMs,
    services: (await passengersOf(engine.reads, spec)).map(({ name }) => name),
  }
}

const copied = <T extends { boards: readonly object[]; leftBehind: readonly object[] }>(
  one: T,
) => ({
  ...one,
  boards: [...one.boards] as z.infer<typeof passenger>[],
  leftBehind: [...one.leftBehind] as z.infer<typeof behind>[],
})

async function unknown(context: RouteContext, reply: FastifyReply, id: string) {
  const known = await trainRows(context.engine.reads)
  return context.unknown(
    reply,
    'train',
    id,
    known.map((row) => row.id),
  )
}
