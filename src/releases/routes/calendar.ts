/** Whether a slot is open, what is on the calendar, and the windows on it, over HTTP. */
import { z } from 'zod'
import { environmentNamed, environments, serviceNamed, services } from '#catalog/queries.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { Fault } from '#kernel/fault.ts'
import { environmentStanding } from '../calendar/by-environment.ts'
import { slotCalendar, standing } from '../calendar/calendar.ts'
import { entriesIn } from '../calendar/entries.ts'
import { covers, type Place } from '../calendar/scope.ts'
import { windowAsTimed } from '../calendar/schedule.ts'
import { traceOf } from '../calendar/trace.ts'
import { liftBody, type WindowCommand } from '../commands.ts'
import { freezes } from '../queries.ts'
import { calendarOf, placeOf, windowNamed, type WindowRow, windows } from '../queries/calendar.ts'
import { windows as windowThings } from '../window.ts'
import { unknownName } from './names.ts'

const DAY_MS = 86_400_000
/** A quarter and a week: what a page shows at once. */
const SPAN_DAYS_MAX = 100
const SPAN_DAYS = 30

const name = z.string().max(100)
/** RFC 3339 with its zone, or milliseconds since 1970. */
const instant = z.union([
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
])
const place = z.object({ service: name, environment: name })
const span = place.partial().extend({ from: instant.optional(), to: instant.optional() })
const byName = z.object({ name })

export function calendarRoutes(app: App, context: RouteContext): void {
  app.get('/calendar', { schema: { querystring: span } }, async ({ query }, reply) => {
    const from = query.from ?? context.now()
    const to = query.to ?? from + SPAN_DAYS * DAY_MS
    checkSpan(from, to)
    const known = await whereIs(context, query)
    if ('unknown' in known) return context.unknown(reply, ...known.unknown)
    return { from, to, ...(await onCalendar(context, known.place, from, to)) }
  })
  app.get('/calendar/now', { schema: { querystring: place } }, async ({ query }, reply) => {
    const known = await whereIs(context, query)
    if ('unknown' in known) return context.unknown(reply, ...known.unknown)
    const now = context.now()
    const calendar = await calendarOf(context.engine.reads, known.place as Place, now)
    return { ...query, at: now, ...standing(calendar, now), trace: traceOf(calendar, now) }
  })
  app.get('/calendar/environments', async () => {
    const { reads } = context.engine
    const now = context.now()
    const on = {
      services: await services(reads),
      windows: await windows(reads),
      freezes: await freezes(reads, { endsAfter: now, lifted: false }),
    }
    const all = await environments(reads)
    return all.map((environment) => environmentStanding(environment, on, now))
  })
  windowRoutes(app, context)
}

function windowRoutes(app: App, context: RouteContext): void {
  const { reads } = context.engine
  app.get('/windows', async () => (await windows(reads)).map(shownAs))
  app.get('/windows/:name', { schema: { params: byName } }, async ({ params }, reply) => {
    const window = await windowNamed(reads, params.name)
    if (window !== undefined) return shownAs(window)
    return context.unknown(reply, 'window', params.name, await windowNames(context))
  })
  app.post(
    '/windows/:name/withdraw',
    { schema: { params: byName, body: liftBody } },
    async (request, reply) => {
      const { params, body } = request
      const asked = { at: context.now(), by: context.actor(request).id }
      const command: WindowCommand = { type: 'window.withdraw', ...asked, ...body }
      const id = params.name
      const done = await context.engine.execute(windowThings, id, command, context.request(request))
      if (!done.rejected) return { window: id, withdrawn: true }
      return done.code === 'window.unknown'
        ? context.unknown(reply, 'window', id, await windowNames(context))
        : context.refuse(reply, done)
    },
  )
}

const shownAs = ({ spec, ...about }: WindowRow) => ({ ...about, ...spec })
const windowNames = async ({ engine }: RouteContext) =>
  (await windows(engine.reads)).map(({ window }) => window)

function checkSpan(from: number, to: number): void {
  if (from < to && to - from <= SPAN_DAYS_MAX * DAY_MS) return
  throw new Fault(
    'request.calendar-span',
    `From ${from} to ${to} is not a span that can be shown.`,
    {
      remedy: `Let it end after it begins, and within ${SPAN_DAYS_MAX} days.`,
      retry: false,
    },
  )
}

type Known =
  | { readonly place: Partial<Place> }
  | { readonly unknown: [what: string, name: string, known: readonly string[]] }

/** As much of a slot as was named, with what the catalog knows of it. */
export async function whereIs(
  context: RouteContext,
  at: { readonly service?: string | undefined; readonly environment?: string | undefined },
): Promise<Known> {
  const listed = (one: string | undefined) => (one === undefined ? [] : [one])
  const unknown = await unknownName(context, listed(at.environment), listed(at.service))
  if (unknown !== undefined) return { unknown: [unknown.what, unknown.name, unknown.known] }
  const { reads } = context.engine
  const service = at.service === undefined ? undefined : await serviceNamed(reads, at.service)
  const environment =
    at.environment === undefined ? undefined : await environmentNamed(reads, at.environment)
  if (service !== undefined && environment !== undefined)
    return { place: placeOf(service, environment) }
  return {
    place: {
      ...(service && { service: service.name, tier: service.tier }),
      ...(environment && { environment: environment.name, kind: environment.kind }),
    },
  }
}

/** All that covers the place, or may: of a whole slot also the window that its tier brings. */
async function onCalendar(
  { engine: { reads } }: RouteContext,
  place: Partial<Place>,
  from: number,
  to: number,
) {
  const rows = await windows(reads)
  const frozen = await freezes(reads, { endsAfter: from, lifted: false })
  if (isWhole(place)) return entriesIn(slotCalendar(place, rows, frozen), from, to)
  const timed = (mode: 'allow' | 'deny') =>
    rows
      .filter(({ spec }) => spec.mode === mode && covers(spec.scope, place))
      .map((row) => windowAsTimed(row))
  const covering = frozen.filter((freeze) => covers(freeze, place))
  return entriesIn({ allow: timed('allow'), deny: timed('deny'), freezes: covering }, from, to)
}

function isWhole(place: Partial<Place>): place is Place {
  return place.service !== undefined && place.environment !== undefined
}
