import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { ArtifactEvent } from '#artifacts/events.ts'
import { views as artifactViews } from '#artifacts/views.ts'
import type { ServiceEvent, ServiceSpec } from '#catalog/events.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { views as insightViews } from '#insights/views.ts'
import { views as pipelineViews } from '#pipelines/views.ts'
import type { ReleasedCommit, ReleaseEvent } from '#releases/events.ts'
import { views as releaseViews } from '#releases/views.ts'
import { views as rolloutViews } from '#rollouts/views/room.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { record } from '../../../test/support/facts.ts'
import { search } from './search.ts'

const fact = { at: Date.UTC(2026, 0, 5), by: 'test' }
const SHA = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678'
const DIGEST = `sha256:${'0f'.repeat(32)}`

const someone = { name: 'Ana', email: 'ana@example.com' }
const naming = (...tickets: string[]): ReleasedCommit => ({
  ...{ sha: SHA, author: someone, committer: someone, coAuthors: [], committedAt: 0 },
  ...{ subject: 'takes orders', kind: 'feat', breaking: false, tickets },
})

async function found(t: TestContext): Promise<(text: string) => Promise<string[]>> {
  const database = await withDatabase(t)
  const views = [
    ...catalogViews,
    ...pipelineViews,
    ...artifactViews,
    ...releaseViews,
    ...rolloutViews,
    ...insightViews,
  ]
  const engine = new Engine({ database, views, authorize: () => undefined, log: quiet })
  await engine.prepare()
  for (const name of ['web-shop', 'shop'])
    await record<ServiceEvent>(engine, 'service', name, {
      type: 'service.registered',
      ...fact,
      spec: { name, owner: 'team', tier: 1, source: {}, path: [] } as unknown as ServiceSpec,
    })
  const built = { service: 'shop', repository: '/r', branch: 'main', sha: SHA, run: 'run_1' }
  await record<ArtifactEvent>(engine, 'artifact', DIGEST, {
    type: 'artifact.published',
    ...fact,
    ...built,
    digest: DIGEST,
    layer: DIGEST,
    sizeBytes: 1,
    files: 1,
  })
  for (const version of ['1.4.0', '1.5.0'])
    await record<ReleaseEvent>(engine, 'release', `rel_${version.replaceAll('.', '')}`, {
      type: 'release.created',
      ...fact,
      ...built,
      release: `rel_${version.replaceAll('.', '')}`,
      version,
      tag: `v${version}`,
      artifact: DIGEST,
      commits: version === '1.5.0' ? [naming('SHOP-12', '#34')] : [],
      changelog: '',
    })
  return async (text) =>
    (await search(engine.reads, text)).map(({ kind, title }) => `${kind} ${title}`)
}

it('finds what people have in their hands', async (t) => {
  const ask = await found(t)
  assert.deepEqual(await ask('shop'), ['service shop', 'service web-shop'])
  assert.deepEqual(await ask('1.4.0'), ['release shop 1.4.0'])
  assert.deepEqual(await ask('v1.4.0'), ['release shop 1.4.0'])
  assert.deepEqual(await ask('shop@1.5'), [
    'service shop',
    'service web-shop',
    'release shop 1.5.0',
  ])
  assert.deepEqual(await ask('REL_150'), ['release shop 1.5.0'])
  assert.deepEqual(await ask('0f0f0f0f0f'), ['artifact shop sha256:0f0f0f0f0f0f'])
  assert.deepEqual(await ask(DIGEST), ['artifact shop sha256:0f0f0f0f0f0f'])
})
it('finds where a ticket went', async (t) => {
  const ask = await found(t)
  assert.deepEqual(await ask('shop-12'), ['release shop 1.5.0'])
  assert.deepEqual(await ask('#34'), ['release shop 1.5.0'])
  assert.deepEqual(await ask('SHOP-1'), [])
})
it('finds nothing rather than everything', async (t) => {
  const ask = await found(t)
  for (const text of ['', '  ', 'nothing', "'; drop table", 'run_nope', '9.9'])
    assert.deepEqual(await ask(text), [])
})
