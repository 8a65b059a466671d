import assert from 'node:assert/strict'
import { it } from 'node:test'
import { digestOfVersion, governanceRig } from '../../../test/support/governance-rig.ts'
import { serve } from '../../../test/support/routes.ts'
import type { Routes } from '#engine/routing.ts'
import { controlRoutes } from './controls.ts'
import { coverageRoutes } from './coverage.ts'

interface Answer {
  readonly code?: string
  readonly value: number | null
  readonly n: number
  readonly byLeg: Record<string, number>
  readonly gaps: readonly { deployment: string; missing: readonly { leg: string }[] }[]
}

it('follows every production deployment of a window, and names what is missing', async (t) => {
  const rig = await governanceRig(t)
  await rig.service({ name: 'shop' })
  const sha = (of: string) => of.padEnd(40, '0')
  const commit = (of: string) => ({ sha: sha(of), ...COMMIT })
  await rig.say('repository', '/repository', {
    type: 'commit.pushed',
    ...{ repository: '/repository', branch: 'main', before: '', after: sha('c') },
    ...{ last: true, manifests: [], commits: [commit('a'), commit('b'), commit('c')] },
  })
  const first = { release: 'rel_1', version: '1.0.0', sha: sha('a') }
  const second = { release: 'rel_2', version: '1.1.0', sha: sha('b') }
  const shipped = [
    { id: '1', version: '1.0.0', sha: sha('a'), at: 1_000, approvedBy: ['ben'] },
    {
      ...{ id: '2', version: '1.1.0', sha: sha('b'), at: 2_000, previous: first },
      commits: [{ tickets: [] }],
    },
    { id: '3', version: '1.2.0', sha: sha('d'), at: 3_000, previous: second, approvedBy: ['ben'] },
  ]
  const built = new Map<string, readonly string[]>()
  for (const each of shipped) {
    await rig.release(each)
    await rig.deploy(each)
  }
  for (const { version, sha: of } of shipped.slice(0, 2)) {
    await rig.artifact(digestOfVersion(version), 'shop', of)
    built.set(digestOfVersion(version), [version === '1.1.0' ? sha('a') : of])
  }
  const needs = { builtOf: async (digest: string) => built.get(digest) }
  const routes: Routes = (app, context) => {
    coverageRoutes(needs)(app, context)
    controlRoutes(needs)(app, context)
  }
  const asAna = serve(t, routes, { engine: rig.engine, now: () => 10_000 })('ana')
  const ask = async (query = '') =>
    (await asAna('GET', `/evidence/coverage?${query}`)).json as Answer
  const all = await ask()
  assert.deepEqual([all.n, all.value], [3, 1 / 3])
  assert.deepEqual(
    all.gaps.map(({ deployment, missing }) => [deployment, missing.map(({ leg }) => leg)]),
    [
      ['dep_3', ['commit', 'artifact']],
      ['dep_2', ['ticket', 'provenance']],
    ],
  )
  const exempt = await ask('exemptKinds=feat&from=2000&to=3000')
  assert.deepEqual([exempt.n, exempt.byLeg['ticket'], exempt.byLeg['provenance']], [1, 0, 1])
  assert.equal((await ask('service=shpo')).code, 'service.unknown')
  assert.equal((await ask('from=1&to=2')).value, null)
  const { json } = await asAna('GET', '/evidence/controls?framework=soc2')
  const { controls, needs: rows } = json as Matrix
  assert.deepEqual(
    rows.map(({ need, covered, n, reason }) => [need, reason ?? `${covered} of ${n}`]),
    [
      ['population', '3 of 3'],
      ['reason', '2 of 3'],
      ['approval', '3 of 3'],
      ['testing', '0 of 3'],
      ['back-out', '1 of 3'],
      ['emergency', 'no_events'],
      ['access-review', '2 of 2'],
      ['log-integrity', 'no_events'],
    ],
  )
  const cc81 = controls.find(({ control }) => control === 'CC8.1')
  assert.deepEqual([cc81?.value, cc81?.gaps], [0, 4])
})

interface Matrix {
  readonly controls: readonly { control: string; value: number; gaps: number }[]
  readonly needs: readonly { need: string; covered: number; n: number; reason: string | null }[]
}

const who = { name: 'Ana', email: 'ana@example.org' }
const COMMIT = {
  ...{ parents: [], author: who, committer: who, coAuthors: [], authoredAt: 1, committedAt: 1 },
  ...{ message: 'it', paths: ['a'], pathsCut: false },
}
