import assert from 'node:assert/strict'
import test from 'node:test'
import { given } from '../../test/support/given.ts'
import { openBody } from './commands.ts'
import type { IncidentEvent } from './events.ts'
import { incident } from './incident.ts'

const asked = { at: 100, by: 'ana' }
const about = {
  incident: 'inc_1',
  service: 'shop',
  environment: 'prod',
  severity: 2 as const,
  title: 'Checkout fails',
}
const open = { type: 'incident.open', ...asked, ...about, deployment: 'dep_1' } as const
const opened: IncidentEvent = { ...open, type: 'incident.opened', impactStartedAt: 100 }
const mitigate = { type: 'incident.mitigate', ...asked, how: 'rolled back' } as const
const { incident: id, service, environment } = about
const mitigated: IncidentEvent = {
  type: 'incident.mitigated',
  ...asked,
  ...{ incident: id, service, environment },
  how: 'rolled back',
}
const resolve = { type: 'incident.resolve', ...asked, note: '' } as const
const resolved: IncidentEvent = { type: 'incident.resolved', ...asked, incident: id, note: '' }
const link = (deployment: string) =>
  ({ type: 'incident.linkCause', ...asked, deployment, confirmed: true }) as const

test('the harm began when the incident was opened, unless somebody knows better', () => {
  given(incident).when(open).then(opened)
  given(incident)
    .when({ ...open, impactStartedAt: 40 })
    .then({ ...opened, impactStartedAt: 40 })
  given(incident)
    .when({ ...open, impactStartedAt: 101 })
    .thenRejected('incident.starts-later')
})

test('an incident is opened once', () => {
  given(incident, opened).when(open).thenRejected('incident.exists')
  given(incident, opened, resolved).when(open).thenRejected('incident.exists')
})

test('nothing can be done about an incident that nobody opened', () => {
  for (const command of [mitigate, resolve, link('dep_1')])
    given(incident).when(command).thenRejected('incident.unopened')
})

test('each cause is linked once, the first one from the start', () => {
  given(incident, opened).when(link('dep_1')).then()
  const linked = { ...link('dep_2'), type: 'incident.causeLinked', incident: id } as const
  given(incident, opened).when(link('dep_2')).then(linked)
  given(incident, opened, linked).when(link('dep_2')).then()
})

test('it is mitigated and resolved once each, and not mitigated afterwards', () => {
  given(incident, opened).when(mitigate).then(mitigated)
  given(incident, opened, mitigated).when(mitigate).then()
  given(incident, opened, mitigated).when(resolve).then(resolved)
  given(incident, opened).when(resolve).then(resolved)
  given(incident, opened, resolved).when(resolve).then()
  given(incident, opened, resolved).when(mitigate).thenRejected('incident.resolved-already')
})

test('the same request twice is the same command: the instant of its arrival is not in it', () => {
  const { deployment: _, type: __, at: ___, by: ____, incident: _____, ...body } = open
  assert.deepEqual(openBody.parse(body), body)
})
