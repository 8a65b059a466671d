/** A PagerDuty V3 webhook: how an incident goes on. */
import { z } from 'zod'
import type { Hear, Observation } from '#insights/ports.ts'
import { nothing, one, type Reading, severityOf, text, timesFrom, told } from '../shared/hearing.ts'

const maybe = <T extends z.ZodType>(type: T) => type.nullish().catch(undefined)
const body = z.object({
  event: z.object({
    id: z.string(),
    event_type: z.string(),
    occurred_at: maybe(z.string()),
    data: z.object({
      id: z.string(),
      title: maybe(z.string()),
      created_at: maybe(z.string()),
      service: maybe(z.object({ summary: maybe(z.string()) })),
      priority: maybe(z.object({ summary: maybe(z.string()) })),
    }),
  }),
})

export const hearPagerduty =
  (reading: Reading): Hear =>
  ({ payload, receivedAt }) => {
    const parsed = body.safeParse(payload)
    if (!parsed.success) return nothing('without the fields that it is known by')
    const { id, event_type: type, occurred_at: at, data } = parsed.data.event
    const times = timesFrom(receivedAt)
    const of = {
      source: 'pagerduty',
      sourceEventId: `event:${text(id)}`,
      recordedAt: receivedAt,
      incident: `pagerduty/${text(data.id)}`,
    }
    const observed = (observation: Observation) => one(observation, times.notes)
    const service = data.service?.summary
    switch (type) {
      case 'incident.triggered':
        return observed(
          told({
            ...of,
            type: 'incident.opened' as const,
            occurredAt: times.at(data.created_at, at),
            // Its services are named by people: the operator says which of ours they are.
            service: typeof service === 'string' ? reading.serviceOf(service) : undefined,
            severity: severityOf([data.priority?.summary ?? '']),
            title: typeof data.title === 'string' ? text(data.title) : undefined,
          }),
        )
      case 'incident.resolved':
        return observed({ ...of, type: 'incident.resolved', occurredAt: times.at(at) })
      default:
        return nothing('unmapped')
    }
  }
