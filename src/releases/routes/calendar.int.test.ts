import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { EnvironmentEvent, ServiceEvent, ServiceSpec } from '#catalog/events.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { reject } from '#kernel/decider.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { record } from '../../../test/support/facts.ts'
import { serve } from '../../../test/support/routes.ts'
import type { EnvironmentStanding } from '../calendar/by-environment.ts'
import type { CalendarEntry } from '../calendar/entries.ts'
import type { Standing } from '../calendar/calendar.ts'
import type { TraceLine } from '../calendar/trace.ts'
import type { WindowSpec } from '../events.ts'
import { routes } from '../routes.ts'
import { views } from '../views.ts'
import { windows } from '../window.ts'

type Said = { code: string; detail: string; remedy: string }
type Import = {
  taken: { uid: string; freeze: string; change: string }[]
  refused: { uid: string; code: string; line: number; remedy: string }[]
}

/** A Monday, ten in the morning in Berlin. */
const MONDAY = Date.UTC(2026, 0, 12, 9)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const OFFICE: WindowSpec = {
  zone: 'Europe/Berlin',
  rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH',
  start: '2026-01-05T09:00',
  duration: '8h',
  except: [],
  mode: 'allow',
  scope: { kinds: ['production'] },
  reason: '',
  blocks: 'forward',
}

async function room(t: TestContext, may: (type: string) => boolean = () => true) {
  const database = await withDatabase(t)
  const all = [...catalogViews, ...views]
  const authorize = (_: unknown, { type }: { readonly type: string }) =>
    may(type) ? undefined : reject('access.denied', 'You may not.', 'Ask an admin.')
  const engine = new Engine({ database, views: all, authorize, log: quiet })
  await engine.prepare()
  const fact = { at: MONDAY, by: 'test' }
  const service = (name: string, change: Partial<ServiceSpec>) => {
    const source = { repository: '/r', branch: 'main', directory: '.', paths: ['**'] }
    const path = ['dev', 'prod']
    const spec = { name, owner: 'team', source, path, ...change } as unknown as ServiceSpec
    return record<ServiceEvent>(engine, 'service', name, {
      type: 'service.registered',
      ...fact,
      spec,
    })
  }
  await service('shop', { tier: 1 })
  await service('payments', { tier: 0, zone: 'America/New_York' })
  for (const [name, kind] of [
    ['dev', 'development'],
    ['prod', 'production'],
  ] as const)
    await record<EnvironmentEvent>(engine, 'environment', name, {
      type: 'environment.registered',
      ...fact,
      spec: { name, description: '', kind, ports: { from: 1, to: 2 } },
    })
  const clock = { now: MONDAY }
  return {
    clock,
    ask: serve(t, routes, { engine, now: () => clock.now })('ana'),
    async apply(name: string, change: Partial<WindowSpec> = {}) {
      const asked = { at: MONDAY, by: 'ana' }
      const spec = { ...OFFICE, ...change }
      const command = { type: 'window.apply', ...asked, window: name, spec } as const
      const done = await engine.execute(windows, name, command, { actor: SYSTEM })
      assert.ok(!done.rejected, name)
    },
  }
}

describe('a slot, now', () => {
  it('is open or closed, with the reason and what comes next', async (t) => {
    const { ask, apply, clock } = await room(t)
    const look = async (query: string) =>
      (await ask('GET', `/calendar/now?${query}`)).json as Standing & { trace: TraceLine[] }
    assert.equal((await look('service=shop&environment=prod')).isOpen, true)
    await apply('office-hours')
    const open = await look('service=shop&environment=prod')
    assert.deepEqual(
      [open.isOpen, open.nextClose, open.nextOpen],
      [true, MONDAY + 7 * HOUR, MONDAY + 23 * HOUR],
    )
    clock.now = MONDAY + 7 * HOUR
    const closed = await look('service=shop&environment=prod')
    assert.deepEqual([closed.isOpen, closed.nextOpen], [false, MONDAY + 23 * HOUR])
    assert.deepEqual(
      closed.closures.map(({ kind, name, by }) => [kind, name, by]),
      [['outside', 'office-hours', ['ana']]],
    )
    assert.ok(closed.trace.some(({ name, isActive }) => name === 'office-hours' && !isActive))
    assert.equal((await look('service=shop&environment=dev')).isOpen, true)
  })
  it('goes by the hours of its owner, where its tier asks for that', async (t) => {
    const { ask, clock } = await room(t)
    const query = '/calendar/now?service=payments&environment=prod'
    const early = (await ask('GET', query)).json as Standing
    assert.deepEqual([early.isOpen, early.nextOpen], [false, MONDAY + 5 * HOUR])
    assert.match(early.note, /business hours in production, in America\/New_York/)
    clock.now = MONDAY + 5 * HOUR
    assert.ok(((await ask('GET', query)).json as Standing).isOpen)
  })
  it('has to be one that exists', async (t) => {
    const { ask } = await room(t)
    const { status, json } = await ask('GET', '/calendar/now?service=shopp&environment=prod')
    assert.deepEqual([status, (json as Said).code], [404, 'service.unknown'])
    assert.match((json as Said).remedy, /mean shop\?/)
    assert.equal((await ask('GET', '/calendar/now?service=shop')).status, 400)
  })
})

describe('the calendar', () => {
  it('shows windows and freezes in a span, for all or for a slot', async (t) => {
    const { ask, apply } = await room(t)
    await apply('office-hours')
    await apply('month-end', {
      mode: 'deny',
      rule: 'FREQ=MONTHLY;BYMONTHDAY=-1',
      start: '2026-01-31T00:00',
      duration: '1d',
      scope: { environments: ['prod'], services: ['shop'] },
    })
    const freeze = { environments: ['dev'], services: ['*'], reason: 'moving house' }
    await ask('POST', '/freezes', { name: 'move', ...freeze, endsAt: MONDAY + DAY })
    const shown = async (query: string) => {
      const { json } = await ask('GET', `/calendar?from=${MONDAY}&${query}`)
      return (json as { entries: CalendarEntry[] }).entries.map(
        ({ kind, name }) => `${kind} ${name}`,
      )
    }
    const week = `to=${MONDAY + 7 * DAY}`
    const four = Array.from({ length: 5 }, () => 'allow office-hours')
    assert.deepEqual(await shown(week), ['allow office-hours', 'freeze move', ...four.slice(1)])
    assert.deepEqual(await shown(`${week}&environment=prod`), four)
    assert.deepEqual(await shown(`${week}&environment=dev`), ['freeze move'])
    const later = `to=${MONDAY + 30 * DAY}`
    assert.ok((await shown(`${later}&service=shop`)).includes('deny month-end'))
    assert.ok(!(await shown(`${later}&service=payments`)).includes('deny month-end'))
  })
  it('shows a hundred days at most', async (t) => {
    const { ask } = await room(t)
    for (const to of [MONDAY, MONDAY + 100 * DAY + 1]) {
      const { status, json } = await ask('GET', `/calendar?from=${MONDAY}&to=${to}`)
      assert.deepEqual([status, (json as Said).code], [400, 'request.calendar-span'])
    }
    const days = `from=2026-01-12T09:00:00Z&to=${MONDAY + 100 * DAY}`
    assert.equal((await ask('GET', `/calendar?${days}`)).status, 200)
  })
  it('says how whole environments stand', async (t) => {
    const { ask, apply } = await room(t)
    await apply('office-hours')
    const { json } = await ask('GET', '/calendar/environments')
    assert.deepEqual(
      (json as EnvironmentStanding[]).map(({ environment, open, closed }) => [
        environment,
        open,
        closed,
      ]),
      [
        ['dev', 2, 0],
        ['prod', 2, 0],
      ],
    )
  })
  it('lists its windows, shows one, and lets one be withdrawn', async (t) => {
    const { ask, apply } = await room(t)
    await apply('office-hours')
    const about = { window: 'office-hours', by: 'ana', appliedAt: MONDAY }
    assert.deepEqual((await ask('GET', '/windows')).json, [{ ...about, ...OFFICE }])
    assert.equal((await ask('GET', '/windows/office-hours')).status, 200)
    const path = (name: string) => `/windows/${name}/withdraw`
    const short = await ask('POST', path('office-hours'), { reason: 'x' })
    assert.equal((short.json as Said).code, 'window.no-reason')
    const gone = await ask('POST', path('office-hours'), { reason: 'we deploy at any time' })
    assert.equal(gone.status, 200)
    assert.equal((await ask('GET', '/windows/office-hours')).status, 404)
    assert.equal((await ask('POST', path('nothing'), { reason: 'we are done' })).status, 404)
  })
  it('is given to other calendars', async (t) => {
    const { ask, apply } = await room(t)
    await apply('office-hours')
    const all = await ask('GET', '/calendar.ics')
    assert.match(String(all.json), /^BEGIN:VCALENDAR\r\n[^]*UID:window-office-hours@signalbox\r\n/)
    assert.ok(!String((await ask('GET', '/calendar.ics?environment=dev')).json).includes('UID'))
  })
})

const event = (uid: string, ...lines: string[]) =>
  ['BEGIN:VEVENT', `UID:${uid}`, `SUMMARY:${uid} off`, ...lines, 'END:VEVENT'].join('\r\n')
const file = (...events: string[]) =>
  ['BEGIN:VCALENDAR', ...events, 'END:VCALENDAR', ''].join('\r\n')

describe('another calendar', () => {
  const text = file(
    event('easter', 'DTSTART;VALUE=DATE:20260403', 'DTEND;VALUE=DATE:20260407'),
    event('birthday', 'DTSTART;VALUE=DATE:20260404', 'RRULE:FREQ=YEARLY'),
    event('past', 'DTSTART;VALUE=DATE:20250101'),
  )
  it('becomes freezes, event by event, and never twice', async (t) => {
    const { ask, clock } = await room(t)
    const body = { text, zone: 'Europe/Berlin', environments: ['prod'] }
    const first = (await ask('POST', '/calendar/import', body)).json as Import
    assert.deepEqual(
      first.taken.map(({ uid, change }) => [uid, change]),
      [['easter', 'declared']],
    )
    assert.deepEqual(
      first.refused.map(({ uid, code, line }) => [uid, code, line]),
      [
        ['birthday', 'ics.recurs', 8],
        ['past', 'freeze.in-the-past', 14],
      ],
    )
    assert.ok(first.refused.every(({ remedy }) => remedy !== ''))
    const again = (await ask('POST', '/calendar/import', body)).json as Import
    assert.deepEqual(
      again.taken.map(({ freeze, change }) => [freeze, change]),
      [[first.taken[0]?.freeze, 'unchanged']],
    )
    clock.now = Date.UTC(2026, 3, 4)
    const { json } = await ask('GET', '/calendar/now?service=shop&environment=prod')
    const { isOpen, nextOpen } = json as Standing
    assert.deepEqual([isOpen, nextOpen], [false, Date.UTC(2026, 3, 6, 22)])
  })
  it('does not bring back what somebody lifted', async (t) => {
    const { ask } = await room(t)
    const { taken } = (await ask('POST', '/calendar/import', { text })).json as Import
    await ask('POST', `/freezes/${taken[0]?.freeze}/lift`, { reason: 'we work that day' })
    const again = (await ask('POST', '/calendar/import', { text })).json as Import
    assert.deepEqual([again.taken, again.refused[0]?.code], [[], 'ics.was-lifted'])
  })
  it('is refused as a whole to who may declare no freeze', async (t) => {
    const { ask } = await room(t, (type) => type !== 'freeze.declare')
    const { status, json } = await ask('POST', '/calendar/import', { text })
    assert.deepEqual([status, (json as Said).code], [403, 'access.denied'])
    assert.deepEqual((await ask('GET', '/freezes?all=true')).json, [])
  })
  it('is refused as a whole when it is none', async (t) => {
    const { ask } = await room(t)
    const days = Array.from({ length: 501 }, (_, i) => event(`e${i}`, 'DTSTART:20260403'))
    for (const [body, code] of [
      [{ text: 'Dear all,' }, 'request.no-calendar'],
      [{ text, zone: 'Europe/Berln' }, 'request.calendar-zone'],
      [{ text: file(...days) }, 'request.calendar-too-long'],
      [{ text, environments: [] }, 'request.invalid'],
    ] as const) {
      const { status, json } = await ask('POST', '/calendar/import', body)
      assert.deepEqual([status, (json as Said).code], [400, code])
    }
    const unknown = await ask('POST', '/calendar/import', { text, services: ['shopp'] })
    assert.equal(unknown.status, 404)
  })
})
