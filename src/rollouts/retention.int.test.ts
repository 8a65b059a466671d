/** Artifacts that nothing needs, from the question to the bytes, beside slots that are real. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { reconcilers } from '#artifacts/reconcilers/prune.ts'
import { REMOVAL_MS } from '#artifacts/retention.ts'
import { routes } from '#artifacts/routes.ts'
import { artifactNamed } from '#artifacts/queries.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { serve } from '../../test/support/routes.ts'
import { referencesTo } from './queries/references.ts'

const DAY = 24 * 60 * 60 * 1000
const digestOf = (version: string) => `sha256:shop-${version}`

interface Look {
  readonly artifacts: readonly {
    readonly digest: string
    readonly keptBecause: readonly { readonly reason: string }[]
  }[]
}

async function published(rig: Rig, version: string): Promise<void> {
  const digest = digestOf(version)
  const source = { service: 'shop', repository: '/repository', branch: 'main', sha: version }
  const files = { layer: digest, sizeBytes: 1, files: 1 }
  const facts = { digest, ...source, run: 'run_1' }
  await rig.say('artifact', digest, { type: 'artifact.published', ...facts, ...files })
}

async function shop(t: Parameters<typeof rolloutRig>[0], path: readonly string[]) {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop', path: [...path] })
  await rig.run()
  const removed: string[] = []
  const registry = {
    remove: async (digests: readonly string[]) => void removed.push(...digests),
  } as never
  const { engine, clock } = rig
  const needs = { engine, registry, referencesTo, now: clock.now }
  const [removal] = reconcilers(needs)
  const as = serve(t, routes({ ...needs, verifier: undefined as never }), {
    engine,
    now: clock.now,
  })
  return {
    rig,
    removed,
    ask: as('ana'),
    remove: async () => removal?.reconcile('all', { fence: 1, signal: AbortSignal.any([]) }),
    async release(version: string) {
      await published(rig, version)
      await rig.release('shop', version)
      await rig.run()
    },
    async reasons(): Promise<Record<string, readonly string[]>> {
      const { json } = await as('ana')('GET', '/artifacts/retention')
      return Object.fromEntries(
        (json as Look).artifacts.map(({ digest, keptBecause }) => [
          digest.slice('sha256:shop-'.length),
          [...new Set(keptBecause.map(({ reason }) => reason))],
        ]),
      )
    },
  }
}

it('prunes what no slot can go back to, and leaves the record', async (t) => {
  const { rig, removed, ask, remove, release, reasons } = await shop(t, ['dev'])
  for (let major = 1; major <= 8; major++) await release(`${major}.0.0`)
  rig.clock.advanceTo(rig.clock.now() + 40 * DAY)
  const kept = await reasons()
  assert.deepEqual([kept['1.0.0'], kept['2.0.0']], [[], []])
  assert.deepEqual(kept['3.0.0'], ['rollback-window'])
  assert.deepEqual(kept['7.0.0'], ['rollback-window', 'return-point'])
  assert.deepEqual(kept['8.0.0'], ['runs', 'vector', 'newest'])
  const prune = (version: string) => ask('POST', `/artifacts/${digestOf(version)}/prune`)
  const refused = await prune('8.0.0')
  const { code } = refused.json as { code: string }
  assert.deepEqual([refused.status, code], [409, 'artifact.referred-to'])
  for (const version of ['1.0.0', '2.0.0']) assert.equal((await prune(version)).status, 200)
  assert.deepEqual(await remove(), { at: rig.clock.now() + REMOVAL_MS })
  assert.deepEqual(removed, [])
  // Meanwhile a plan takes the second of them somewhere.
  const spec = {
    ...{ environment: 'dev', groups: [], source: { kind: 'named' } },
    items: [{ service: 'shop', release: 'rel_shop_2.0.0', version: '2.0.0', after: [] }],
  }
  await rig.say('plan', 'plan_1', { type: 'plan.planned', plan: 'plan_1', spec })
  rig.clock.advanceTo(rig.clock.now() + REMOVAL_MS)
  assert.equal(await remove(), undefined)
  assert.deepEqual(removed, [digestOf('1.0.0')])
  const { reads } = rig.engine
  assert.notEqual((await artifactNamed(reads, digestOf('1.0.0')))?.removed_at, null)
  assert.equal((await artifactNamed(reads, digestOf('2.0.0')))?.pruned_at, null)
  await remove()
  assert.deepEqual(removed, [digestOf('1.0.0')])
  // Built again, it is there as if it had never gone.
  await published(rig, '1.0.0')
  assert.equal((await artifactNamed(reads, digestOf('1.0.0')))?.removed_at, null)
})

it('keeps what production ran for as long as its tier keeps evidence', async (t) => {
  const { rig, release, reasons } = await shop(t, ['dev', 'prod'])
  for (let major = 1; major <= 8; major++) await release(`${major}.0.0`)
  rig.clock.advanceTo(rig.clock.now() + 2 * 365 * DAY)
  assert.deepEqual((await reasons())['1.0.0'], ['evidence'])
  rig.clock.advanceTo(rig.clock.now() + 2 * 365 * DAY)
  assert.deepEqual((await reasons())['1.0.0'], [])
})
