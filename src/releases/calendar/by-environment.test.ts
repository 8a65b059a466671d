import assert from 'node:assert/strict'
import { it } from 'node:test'
import { environmentStanding, type OnCalendar } from './by-environment.ts'
import type { StandingFreeze } from './calendar.ts'
import type { StandingWindow } from './schedule.ts'

/** A Monday, ten in the morning in Berlin. */
const MONDAY = Date.UTC(2026, 0, 12, 9)
const HOUR = 3_600_000
const PROD = { name: 'prod', kind: 'production' } as const

const service = (name: string, tier: 0 | 1 | 2 | 3 = 1, zone?: string) => ({
  name,
  tier,
  path: ['dev', 'prod'],
  ...(zone !== undefined && { zone }),
})
const freeze = (services: readonly string[]): StandingFreeze => ({
  freeze: 'stop',
  environments: ['prod'],
  services,
  reason: 'stock-taking',
  by: 'olga',
  urgency: 'planned',
  startsAt: MONDAY - HOUR,
  endsAt: MONDAY + HOUR,
})
const afternoon: StandingWindow = {
  window: 'afternoon',
  by: 'olga',
  appliedAt: 0,
  spec: {
    zone: 'UTC',
    rule: 'FREQ=DAILY',
    start: '2026-01-01T12:00',
    duration: '2h',
    except: [],
    mode: 'allow',
    scope: { services: ['shop'] },
    reason: '',
    blocks: 'forward',
  },
}
const stands = (
  on: Partial<OnCalendar>,
  environment: Parameters<typeof environmentStanding>[0] = PROD,
) => environmentStanding(environment, { services: [], windows: [], freezes: [], ...on }, MONDAY)

it('is open for everybody when nothing covers it', () => {
  assert.deepEqual(stands({ services: [service('shop'), service('cart')] }), {
    environment: 'prod',
    open: 2,
    closed: 0,
    closures: [],
    nextChangeAt: null,
  })
})
it('counts only services whose path leads there', () => {
  const on = { services: [service('shop'), { ...service('tool'), path: ['dev'] }] }
  assert.equal(stands(on).open, 1)
})
it('says for how many it is closed, by what, and until when', () => {
  const on = { services: [service('shop'), service('cart')], freezes: [freeze(['shop'])] }
  const { open, closed, closures, nextChangeAt } = stands(on)
  assert.deepEqual([open, closed, nextChangeAt], [1, 1, MONDAY + HOUR])
  assert.deepEqual(
    closures.map(({ kind, name }) => [kind, name]),
    [['freeze', 'stop']],
  )
})
it('names what closes several of them once', () => {
  const on = { services: [service('shop'), service('cart')], freezes: [freeze(['*'])] }
  assert.equal(stands(on).closures.length, 1)
  assert.equal(stands(on).closed, 2)
})
it('is outside of a window for those that it is about', () => {
  const { open, closed, closures, nextChangeAt } = stands({
    services: [service('shop'), service('cart')],
    windows: [afternoon],
  })
  assert.deepEqual([open, closed, nextChangeAt], [1, 1, MONDAY + 3 * HOUR])
  assert.equal(closures[0]?.kind, 'outside')
})
it('keeps the hours of tier 0 apart by zone', () => {
  const on = { services: [service('a', 0, 'Europe/Berlin'), service('b', 0, 'America/New_York')] }
  assert.deepEqual([stands(on).open, stands(on).closed], [1, 1])
})
