/** The calendar in words: what its windows do to each other, and a notice to send to people. */
import { z } from 'zod'
import { environments, services } from '#catalog/queries.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { Fault } from '#kernel/fault.ts'
import { isZone, nearestZone } from '#kernel/zone.ts'
import { standing } from '../calendar/calendar.ts'
import { contradictionsIn } from '../calendar/contradictions.ts'
import { type NoticeFacts, noticeOf } from '../calendar/notice.ts'
import { HORIZON_MS, timesOf, windowAsTimed } from '../calendar/schedule.ts'
import { covers, freezesTier, type Place } from '../calendar/scope.ts'
import { traceOf } from '../calendar/trace.ts'
import { freezeNamed, type FreezeRow } from '../queries.ts'
import { calendarOf, placeOf, windowNamed, type WindowRow, windows } from '../queries/calendar.ts'
import { whereIs } from './calendar.ts'

const DAY_MS = 86_400_000
/** A quarter: further ahead people change the windows anyway. */
const DAYS_MAX = 92
/** More dates than that are a rhythm, and the notice is about the next ones. */
const TIMES_SHOWN = 3

const name = z.string().max(100)
const question = z.object({
  service: name,
  environment: name,
  days: z.coerce.number().int().min(1).max(DAYS_MAX).default(31).describe('how far ahead'),
})
const byName = z.object({ name })
const reader = z.object({ zone: z.string().max(64).default('UTC').describe('the reader’s') })

export function calendarWordRoutes(app: App, context: RouteContext): void {
  const { reads } = context.engine
  app.get('/calendar/explain', { schema: { querystring: question } }, async ({ query }, reply) => {
    const { days, ...at } = query
    const known = await whereIs(context, at)
    if ('unknown' in known) return context.unknown(reply, ...known.unknown)
    const now = context.now()
    const calendar = await calendarOf(reads, known.place as Place, now)
    const contradictions = contradictionsIn(calendar, now, now + days * DAY_MS)
    return {
      ...at,
      at: now,
      ...standing(calendar, now),
      trace: traceOf(calendar, now),
      contradictions,
    }
  })
  app.get(
    '/calendar/notices/:name',
    { schema: { params: byName, querystring: reader } },
    async ({ params, query: { zone } }, reply) => {
      if (!isZone(zone)) throw unknownZone(zone)
      const window = await windowNamed(reads, params.name)
      const freeze = window === undefined ? await freezeNamed(reads, params.name) : undefined
      const now = context.now()
      const facts = window ? ofWindow(window, now) : freeze && ofFreeze(freeze, now)
      if (facts === undefined) {
        const names = (await windows(reads)).map((row) => row.window)
        return context.unknown(reply, 'window', params.name, names)
      }
      const slots = await slotsIn(context, (place) =>
        window
          ? covers(window.spec.scope, place)
          : freeze !== undefined && covers(freeze, place) && freezesTier(freeze, place),
      )
      const text = noticeOf({ ...facts, zone, slots })
      return { name: params.name, zone, text }
    },
  )
}

type Half = Omit<NoticeFacts, 'zone' | 'slots'>

function ofWindow(row: WindowRow, now: number): Half {
  const { window, spec, by } = row
  const { schedule } = windowAsTimed(row)
  const times = schedule === undefined ? [] : timesOf(schedule, now, now + HORIZON_MS)
  return {
    name: window,
    kind: spec.mode,
    reason: spec.reason,
    by,
    times: times.slice(0, TIMES_SHOWN),
  }
}

function ofFreeze(row: FreezeRow, now: number): Half {
  const { freeze, reason, by, owner, startsAt, endsAt, liftedAt } = row
  const times = liftedAt !== null || endsAt <= now ? [] : [{ startsAt, endsAt }]
  const kind = owner === null ? 'freeze' : 'hard-freeze'
  return { name: freeze, kind, reason, by: owner ?? by, times }
}

/** Slots that the catalog promises; whether anything runs there yet does not matter here. */
async function slotsIn({ engine: { reads } }: RouteContext, isAffected: (place: Place) => boolean) {
  const places = await environments(reads)
  return (await services(reads)).flatMap((service) =>
    places
      .filter((environment) => service.path.includes(environment.name))
      .map((environment) => placeOf(service, environment))
      .filter(isAffected)
      .map(({ service: of, environment }) => ({ service: of, environment })),
  )
}

function unknownZone(zone: string): Fault {
  const near = nearestZone(zone)
  return new Fault('request.unknown-zone', `${zone} is no time zone.`, {
    remedy: near === undefined ? 'Name one of the IANA database.' : `Did you mean ${near}?`,
    retry: false,
  })
}
