/**
 * CDEvents in: as CloudEvents, structured (the event in the body's `data`), binary (the body is the
 * event) or several in a batch, or bare. Versions 0.3 to 0.5 of the specification differ in nothing
 * that is read here.
 */
import { z } from 'zod'
import type { Delivery, Hear, Heard } from '#insights/ports.ts'
import { nothing, type Reading } from '../shared/hearing.ts'
import { type CdEvent, convert } from './convert.ts'

const EVENTS_MAX = 10_000
/** `dev.cdevents.<subject>.<predicate>.<version>`, and `cdeventsx` for what tools added. */
const TYPE = /^dev\.cdevents(x?)\.([\w-]+)\.([\w-]+)\.\d+\.\d+\.\d+/

const maybe = <T extends z.ZodType>(type: T) => type.nullish().catch(undefined)
const fields = z.record(z.string(), z.unknown()).nullish().catch(undefined)
const cdevent = z.object({
  context: z.object({
    id: z.string().min(1),
    source: maybe(z.string()),
    type: z.string(),
    timestamp: maybe(z.string()),
  }),
  subject: z.object({ id: z.string().min(1), source: maybe(z.string()), content: fields }),
  customData: fields,
})
const structured = z.object({ specversion: z.string(), data: z.unknown() })

export const hearCdevents =
  (reading: Reading): Hear =>
  ({ payload, receivedAt }: Delivery): Heard => {
    const all = Array.isArray(payload) ? (payload as unknown[]) : [payload]
    const heard = all.slice(0, EVENTS_MAX).map((each) => read(each, reading, receivedAt))
    const cut = all.length > EVENTS_MAX ? [`more than ${EVENTS_MAX} events at once`] : []
    return {
      observations: heard.flatMap(({ observations }) => observations),
      notes: [...heard.flatMap(({ notes }) => notes), ...cut],
    }
  }

function read(said: unknown, reading: Reading, receivedAt: number): Heard {
  const envelope = structured.safeParse(said)
  const parsed = cdevent.safeParse(envelope.success ? envelope.data.data : said)
  if (!parsed.success) return nothing('no CDEvent')
  const { context, subject, customData } = parsed.data
  const [, x, kind, predicate] = TYPE.exec(context.type) ?? []
  if (kind === undefined || predicate === undefined) return nothing('no type of CDEvents')
  const event: CdEvent = {
    id: context.id,
    source: context.source ?? subject.source ?? '',
    // A tool of its own puts its name in front: `dev.cdeventsx.acme-deployment.started`.
    type: `${x === 'x' ? kind.slice(kind.lastIndexOf('-') + 1) : kind}.${predicate}`,
    at: context.timestamp ?? undefined,
    subject: subject.id,
    content: subject.content ?? {},
    custom: customData ?? {},
    receivedAt,
  }
  return convert(event, reading)
}
