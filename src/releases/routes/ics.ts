/** The calendar for other calendars, and what comes from them as freezes, over HTTP. */
import { z } from 'zod'
import { sha256 } from '#engine/ids.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import type { Request } from '#engine/engine.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import { Fault } from '#kernel/fault.ts'
import { isZone } from '#kernel/zone.ts'
import { covers } from '../calendar/scope.ts'
import { EVENTS_MAX, type IcsItem, readIcs } from '../calendar/ics-read.ts'
import { writeIcs } from '../calendar/ics-write.ts'
import type { FreezeCommand } from '../commands.ts'
import { freezes as freezeThings } from '../freeze.ts'
import { freezeNamed, freezes } from '../queries.ts'
import { windows } from '../queries/calendar.ts'
import { whereIs } from './calendar.ts'
import { unknownName } from './names.ts'

const DAY_MS = 86_400_000
/** What is over is of interest for a while: people look back a month. */
const PAST_MS = 31 * DAY_MS
/** A calendar of fifty years of holidays has a tenth of it. */
const TEXT_MAX = 1024 * 1024

const name = z.string().max(100)
const where = z.object({ service: name, environment: name }).partial()
const names = z.array(name).min(1).max(200).default(['*'])
const importBody = z.strictObject({
  text: z.string().max(TEXT_MAX).describe('iCalendar, RFC 5545'),
  zone: z.string().max(64).default('UTC').describe('of days, and of times that name no zone'),
  environments: names.describe('names, or * for all'),
  services: names.describe('names, or * for all'),
})
type ImportBody = z.infer<typeof importBody>

export function icsRoutes(app: App, context: RouteContext): void {
  const asFeed = { schema: { querystring: where }, config: { calendar: true } }
  app.get('/calendar.ics', asFeed, async ({ query }, reply) => {
    const known = await whereIs(context, query)
    if ('unknown' in known) return context.unknown(reply, ...known.unknown)
    const { reads } = context.engine
    const now = context.now()
    const rows = await windows(reads)
    const frozen = await freezes(reads, { endsAfter: now - PAST_MS, lifted: false })
    const text = writeIcs(
      rows.filter(({ spec }) => covers(spec.scope, known.place)),
      frozen.filter((freeze) => covers(freeze, known.place)),
      now,
    )
    return reply.type('text/calendar; charset=utf-8').send(text)
  })
  app.post('/calendar/import', { schema: { body: importBody } }, async (request, reply) => {
    const { body } = request
    const unknown = await unknownName(context, body.environments, body.services)
    if (unknown !== undefined)
      return context.unknown(reply, unknown.what, unknown.name, unknown.known)
    const asked = { at: context.now(), by: context.actor(request).id }
    // A key of idempotency is good for one command; here the UIDs do its work.
    const { actor } = context.request(request)
    const outcomes = []
    for (const item of itemsOf(body))
      outcomes.push(await importOne(context, body, item, { actor }, asked))
    const denied = outcomes.find((each) => 'code' in each && each.code === 'access.denied')
    if (denied !== undefined && 'code' in denied)
      return context.refuse(reply, { rejected: true, ...denied })
    return {
      taken: outcomes.filter((each) => 'freeze' in each),
      refused: outcomes.filter((each) => 'code' in each),
    }
  })
}

function itemsOf({ text, zone }: ImportBody): IcsItem[] {
  if (!isZone(zone))
    throw new Fault('request.calendar-zone', `There is no time zone ${zone}.`, {
      remedy: 'Name one of the IANA database, such as Europe/Berlin.',
      retry: false,
    })
  if (!/^BEGIN:VCALENDAR\s*$/im.test(text))
    throw new Fault('request.no-calendar', 'This is no iCalendar file.', {
      remedy: 'Export the calendar as .ics (RFC 5545).',
      retry: false,
    })
  const items = readIcs(text, zone)
  if (items.length > EVENTS_MAX)
    throw new Fault(
      'request.calendar-too-long',
      `It has ${items.length} events, and ${EVENTS_MAX} are taken at once.`,
      { remedy: 'Export fewer years, or several files.', retry: false },
    )
  return items
}

/** Named by its UID: the same event is the same freeze, however often it comes. */
async function importOne(
  context: RouteContext,
  { environments, services }: ImportBody,
  item: IcsItem,
  request: Request,
  asked: { readonly at: number; readonly by: string },
) {
  const { uid, summary, line } = item
  const refused = ({ code, message, remedy }: Omit<Rejection, 'rejected'>) => {
    return { uid, summary, line, code, message, remedy }
  }
  if ('refusal' in item) return refused(item.refusal)
  const { startsAt, endsAt } = item
  const freeze = `ics-${sha256(uid).slice(0, 20)}`
  const known = await freezeNamed(context.engine.reads, freeze)
  const isSame = known?.startsAt === startsAt && known.endsAt === endsAt
  if (known !== undefined && known.liftedAt !== null && isSame)
    return refused(
      reject(
        'ics.was-lifted',
        `${known.liftedBy ?? 'Somebody'} lifted it.`,
        'Declare it by hand, if it is wanted again.',
      ),
    )
  const command: FreezeCommand = {
    type: 'freeze.declare',
    ...asked,
    freeze,
    environments,
    services,
    reason: `Imported: ${summary || uid}`,
    startsAt,
    endsAt,
    urgency: 'planned',
  }
  const done = await context.engine.execute(freezeThings, freeze, command, request)
  if (done.rejected) return refused(done)
  const change = done.events.length === 0 ? 'unchanged' : 'declared'
  return { uid, summary, freeze, startsAt, endsAt, change }
}
