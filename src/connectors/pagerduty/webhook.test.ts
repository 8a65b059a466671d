import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readingOf } from '../shared/hearing.ts'
import { hearPagerduty } from './webhook.ts'

const hear = hearPagerduty(readingOf({ services: { 'Checkout API': 'checkout' } }))
const said = (event_type: string, data: object = {}) =>
  hear({
    headers: {},
    receivedAt: 0,
    payload: {
      event: {
        id: '01E',
        event_type,
        occurred_at: '2026-01-01T10:00:00Z',
        data: {
          id: 'PGR0VU2',
          title: 'Checkout is down',
          created_at: '2026-01-01T09:59:00Z',
          service: { summary: 'Checkout API' },
          priority: { summary: 'P1' },
          ...data,
        },
      },
    },
  })

it('an incident of PagerDuty is opened and resolved, of the service that is meant', () => {
  const [opened] = said('incident.triggered').observations
  assert.deepEqual(opened, {
    type: 'incident.opened',
    source: 'pagerduty',
    sourceEventId: 'event:01E',
    occurredAt: Date.UTC(2026, 0, 1, 9, 59),
    recordedAt: 0,
    incident: 'pagerduty/PGR0VU2',
    service: 'checkout',
    severity: 1,
    title: 'Checkout is down',
  })
  const [resolved] = said('incident.resolved', { service: 7 }).observations
  assert.equal(resolved?.type, 'incident.resolved')
  assert.equal(resolved.occurredAt, Date.UTC(2026, 0, 1, 10))
})

it('what PagerDuty tells beside is counted', () => {
  assert.deepEqual(said('service.updated').notes, ['unmapped'])
  assert.deepEqual(hear({ headers: {}, payload: [], receivedAt: 0 }).observations, [])
})
