import assert from 'node:assert/strict'
import { it } from 'node:test'
import { QUICK, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import { routes } from './routes.ts'
import type { Suspect } from './suspects.ts'

const MINUTE = 60_000

it('an incident names changes of its service, and of what that depends on', async (t) => {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'basket' })
  await rig.service({ name: 'shop', dependsOn: ['basket'] })
  await rig.service({ name: 'other' })
  await rig.person('ana', ['admin'])
  await rig.run(MINUTE)
  for (const name of ['shop', 'basket', 'other']) await rig.release(name, '1.0.0')
  await rig.run()
  const as = serve(t, routes, { engine: rig.engine, now: rig.clock.now })
  const body = { service: 'shop', environment: 'prod', severity: 2, title: 'Baskets are empty' }
  const opened = await as('ana')('POST', '/incidents', body)
  assert.equal(opened.status, 201)
  const { id }: { id: string } = opened.json
  const { json } = await as('ana')('GET', `/incidents/${id}`)
  const { suspects }: { suspects: readonly Suspect[] } = json
  assert.deepEqual(
    suspects.map(({ change }) => [change.service, change.hops]),
    [
      ['shop', 0],
      ['basket', 1],
    ],
  )
  assert.ok((suspects[0]?.share ?? 0) > 0.6)
  assert.match(suspects[1]?.says ?? '', /^basket 1\.0\.0, which it depends on, went/)
})
