import assert from 'node:assert/strict'
import test from 'node:test'
import { services } from '#catalog/service.ts'
import { serviceManifest, serviceSpec } from '#catalog/commands.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { serve } from '../../../test/support/routes.ts'
import { views } from '../views.ts'
import type { Adoption } from '../templates/adoption.ts'
import { templateRoutes } from './templates.ts'

const manifest = (name: string, template?: string) =>
  serviceManifest.parse({
    apiVersion: 'signalbox.dev/v1',
    kind: 'Service',
    metadata: { name, owner: 'team', tier: 2 },
    spec: {
      source: { repository: `https://example.org/${name}.git` },
      ...(template !== undefined && { template }),
      path: ['dev'],
      deploy: { run: { argv: ['node', 'x'], health: '/healthz' } },
    },
  })

test('services of the catalog are counted by what they are pinned to', async (t) => {
  const database = await withDatabase(t)
  const all = [...catalogViews, ...views]
  const engine = new Engine({ database, views: all, authorize: () => undefined, log: quiet })
  await engine.prepare()
  for (const [name, template] of [
    ['a', 'paved-road/go-service@1'],
    ['b'],
    ['c', 'gone/x@3'],
  ] as const) {
    const spec = serviceSpec(manifest(name, template))
    const command = { type: 'service.apply', at: 1, by: 'x', spec } as const
    await engine.execute(services, name, command, { actor: SYSTEM })
  }
  const ask = serve(t, templateRoutes, { engine, now: () => 1 })('zoe', 'viewer')
  const found: Adoption = (await ask('GET', '/templates/adoption')).json
  assert.equal(found.services, 3)
  assert.equal(found.onRoad, 1)
  assert.deepEqual(found.ownWay, ['b'])
  assert.deepEqual(found.lost, [{ service: 'c', template: 'gone/x@3' }])
  assert.deepEqual(found.templates[0]?.versions, [{ version: 1, behind: 0, services: ['a'] }])
  // There is one number of each: nothing is proposed.
  assert.deepEqual((await ask('GET', '/templates/proposals')).json, [])
})
