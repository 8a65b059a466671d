import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readManifests } from '#engine/manifest.ts'
import { given } from '../../test/support/given.ts'
import { windowManifest, type WindowManifest } from './commands.ts'
import type { WindowSpec } from './events.ts'
import { window } from './window.ts'

const spec: WindowSpec = {
  zone: 'Europe/Berlin',
  rule: 'FREQ=WEEKLY;BYDAY=MO,TU',
  start: '2026-01-05T09:00',
  duration: '8h',
  except: [],
  mode: 'allow',
  scope: { environments: ['prod'] },
  reason: '',
  blocks: 'forward',
}
const apply = (change: Partial<WindowSpec> = {}) =>
  ({ type: 'window.apply', at: 5, by: 'ana', window: 'w', spec: { ...spec, ...change } }) as const
const applied = { type: 'window.applied', at: 5, by: 'ana', window: 'w', spec } as const
const withdraw = (reason = 'we deploy at any time now') =>
  ({ type: 'window.withdraw', at: 9, by: 'ben', reason }) as const
const withdrawn = {
  type: 'window.withdrawn',
  at: 9,
  by: 'ben',
  window: 'w',
  reason: 'we deploy at any time now',
} as const

describe('window', () => {
  it('is applied', () => given(window).when(apply()).then(applied))
  it('is the same when it is applied again, whatever the order of its fields', () => {
    const turned = Object.fromEntries(Object.entries(spec).toReversed()) as unknown as WindowSpec
    given(window, { ...applied, spec: turned })
      .when(apply())
      .then()
  })
  it('is replaced when it is applied with other words', () =>
    given(window, applied)
      .when(apply({ duration: '7h' }))
      .then({ ...applied, spec: { ...spec, duration: '7h' } }))
  it('is withdrawn, once, with a reason', () => {
    given(window, applied).when(withdraw()).then(withdrawn)
    given(window, applied, withdrawn).when(withdraw()).then()
    given(window, applied).when(withdraw('done')).thenRejected('window.no-reason')
    given(window).when(withdraw()).thenRejected('window.unknown')
  })
  it('comes back when it is applied after that', () =>
    given(window, applied, withdrawn).when(apply()).then(applied))
  const refusals: readonly (readonly [string, Partial<WindowSpec>])[] = [
    ['window.no-scope', { scope: {} }],
    ['window.no-scope', { scope: { environments: [] } }],
    ['window.no-scope', { scope: { environments: ['prod'], tiers: [] } }],
    ['window.unknown-zone', { zone: 'Berlin' }],
    ['window.bad-rule', { rule: 'every monday' }],
    ['window.bad-start', { start: 'monday' }],
    ['window.bad-duration', { duration: 'long' }],
    ['window.bad-exception', { except: ['christmas'] }],
    ['window.overlaps-itself', { duration: '2d' }],
    ['window.never', { rule: 'FREQ=DAILY;UNTIL=20200101' }],
  ]
  for (const [code, change] of refusals)
    it(`refuses ${JSON.stringify(change)}`, () =>
      given(window)
        .when(apply(change))
        .thenRejected(code as 'window.unknown'))
})

describe('a window manifest', () => {
  const read = (text: string) => readManifests('w.yaml', text, { Window: windowManifest })
  it('is what people write', () => {
    const { manifests, problems } = read(`apiVersion: signalbox.dev/v1
kind: Window
metadata: { name: office-hours }
spec:
  zone: Europe/Berlin
  rule: FREQ=WEEKLY;BYDAY=MO,TU
  start: 2026-01-05T09:00
  duration: 8h
  except: [2026-12-28]
  mode: allow
  scope: { kinds: [production], tiers: [0, 1] }
`)
    assert.deepEqual(problems, [])
    const [manifest] = manifests.map(({ value }) => value as WindowManifest)
    assert.deepEqual(manifest?.spec, {
      ...spec,
      except: ['2026-12-28'],
      scope: { kinds: ['production'], tiers: [0, 1] },
    })
  })
  it('blocks what goes forward and nothing else', () => {
    const { problems } = read(`apiVersion: signalbox.dev/v1
kind: Window
metadata: { name: office-hours }
spec: { zone: UTC, rule: FREQ=DAILY, start: 2026-01-05T09:00, duration: 8h, mode: deny,
  scope: { tiers: [0] }, blocks: rollback }
`)
    assert.match(problems[0]?.message ?? '', /spec\.blocks.*forward/)
  })
})
