import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Engine } from '#engine/engine.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { record } from '../../../test/support/facts.ts'
import { serve } from '../../../test/support/routes.ts'
import type { ReleaseEvent } from '../events.ts'
import type { ReleaseRow } from '../queries.ts'
import { views } from '../views.ts'
import { noteRoutes } from './notes.ts'

interface Notes {
  readonly notes: { readonly text: string; readonly by: string } | null
  readonly seen: number
}

it('notes are written, written over by whoever saw them alone, and taken back', async (t) => {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  await record<ReleaseEvent>(engine, 'release', 'rel_1', {
    ...{ type: 'release.created', at: 1, by: 'test', release: 'rel_1', service: 'shop' },
    ...{ version: '1.0.0', tag: 'v1.0.0', artifact: 'sha256:aa', repository: '/r', sha: 'abc' },
    ...{ run: 'run_1', commits: [], changelog: '' },
  })
  const ask = serve(t, noteRoutes, { engine, now: () => 2 })('ana')
  const read = async () => (await ask('GET', '/releases/rel_1/notes')).json as Notes
  const write = (notes: string, seen?: number) =>
    ask('POST', '/releases/rel_1/notes', { notes }, undefined, seen)

  const before = await read()
  assert.equal(before.notes, null)
  const written = await write('## New\r\n', before.seen)
  assert.deepEqual([written.status, (written.json as ReleaseRow).notes?.text], [200, '## New'])
  assert.deepEqual((await read()).notes, { text: '## New', by: 'ana', at: 2 })
  assert.equal((await write('## Other', before.seen)).status, 412)
  assert.equal((await write('x'.repeat(20_001))).status, 409)
  assert.equal((await write('')).status, 200)
  assert.equal((await read()).notes, null)
  assert.equal((await ask('GET', '/releases/rel_9/notes')).status, 404)
  assert.equal((await ask('POST', '/releases/rel_9/notes', { notes: 'a' })).status, 404)
})
