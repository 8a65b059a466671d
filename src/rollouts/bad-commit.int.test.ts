import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Git } from '#catalog/ports.ts'
import type { ReleasedCommit } from '#releases/events.ts'
import { releaseNamed } from '#releases/queries.ts'
import { badCommits } from '#releases/reconcilers/bad-commits.ts'
import { routes } from '#releases/routes.ts'
import { QUICK, type Rig, rolloutRig } from '../../test/support/rollout-rig.ts'
import { quiet } from '../../test/support/database.ts'
import { serve } from '../../test/support/routes.ts'
import { deployments } from './queries.ts'

const MINUTE = 60_000
const prod = { service: 'shop', environment: 'prod' }
const BAD = 'bad'.padEnd(40, '0')
const who = { name: 'n', email: 'n@x' }
const commit = (sha: string, reverts?: readonly string[]): ReleasedCommit => ({
  sha,
  author: who,
  committer: who,
  coAuthors: [],
  committedAt: 0,
  subject: 'feat: it',
  kind: reverts === undefined ? 'feat' : 'revert',
  breaking: false,
  tickets: [],
  ...(reverts && { reverts }),
})
const before = (version: string) => ({
  previous: { release: `rel_shop_${version}`, version, sha: 'a' },
})
const reason = 'loses every third order'

async function room(t: TestContext) {
  const rig = await rolloutRig(t)
  const ana = serve(t, routes, { engine: rig.engine, now: rig.clock.now })('ana')
  // What its message does not say is none of this test's.
  const git = { patchIds: async () => new Map() } as unknown as Git
  const loop = badCommits({ engine: rig.engine, git, log: quiet, now: rig.clock.now })
  await rig.environments('dev', 'prod')
  await rig.policy(QUICK)
  await rig.service({ name: 'shop' })
  await rig.run(MINUTE)
  await rig.release('shop', '1.0.0')
  await rig.run()
  await rig.release('shop', '2.0.0', '', { commits: [commit(BAD)], ...before('1.0.0') })
  const look = () => loop.reconcile('shop', { fence: 1, signal: AbortSignal.any([]) })
  return { rig, ana, look }
}
const newest = async (rig: Rig) => (await deployments(rig.engine.reads, { ...prod, limit: 1 }))[0]
const vetoes = async (rig: Rig, version: string) =>
  (await releaseNamed(rig.engine.reads, `rel_shop_${version}`))?.vetoes

describe('the veto of a commit', () => {
  it('takes back what is on its way with it, and says why', async (t) => {
    const { rig, ana } = await room(t)
    await rig.run(MINUTE)
    assert.deepEqual(
      [(await newest(rig))?.version, (await newest(rig))?.status],
      ['2.0.0', 'running'],
    )
    const { status, json } = await ana('POST', `/commits/${BAD.slice(0, 8)}/veto`, { reason })
    assert.deepEqual([status, (json as { sha: string }).sha], [200, BAD])
    await rig.run(MINUTE)
    const row = await newest(rig)
    assert.equal(row?.outcome, 'aborted')
    assert.match(row?.reason ?? '', /^vetoed: loses every third order/)
    assert.deepEqual(rig.target.serving(prod), { '1.0.0': 100 })
  })

  it('stops those that come later, but not the one with its revert', async (t) => {
    const { rig, ana, look } = await room(t)
    assert.equal((await ana('POST', `/commits/${BAD}/veto`, { reason })).status, 200)
    const plain = commit('c'.repeat(40))
    await rig.release('shop', '3.0.0', '', { commits: [plain], ...before('2.0.0') })
    await look()
    await look()
    assert.deepEqual(await vetoes(rig, '3.0.0'), ['*'])
    const mend = commit('d'.repeat(40), [BAD.slice(0, 10)])
    await rig.release('shop', '4.0.0', '', { commits: [mend], ...before('3.0.0') })
    await look()
    assert.deepEqual(await vetoes(rig, '4.0.0'), [])
    await rig.run()
    assert.deepEqual(rig.target.serving(prod), { '4.0.0': 100 })
  })

  it('is lifted with what it brought, and with nothing else', async (t) => {
    const { rig, ana, look } = await room(t)
    const alone = { environment: 'prod', reason: 'not in this season' }
    await ana('POST', '/releases/rel_shop_2.0.0/veto', alone)
    await ana('POST', `/commits/${BAD}/veto`, { reason })
    assert.deepEqual(await vetoes(rig, '2.0.0'), ['prod', '*'])
    const good = { reason: 'it was the database after all' }
    assert.equal((await ana('POST', `/commits/${BAD}/unveto`, good)).status, 200)
    await look()
    assert.deepEqual(await vetoes(rig, '2.0.0'), ['prod'])
  })

  it('does not come back to a release that somebody let go', async (t) => {
    const { rig, ana, look } = await room(t)
    await ana('POST', `/commits/${BAD}/veto`, { reason })
    const fine = { reason: 'the flag is off in this one' }
    assert.equal((await ana('POST', '/releases/rel_shop_2.0.0/unveto', fine)).status, 200)
    await look()
    assert.deepEqual(await vetoes(rig, '2.0.0'), [])
  })

  it('names what nobody knows, and what is not clear', async (t) => {
    const { ana } = await room(t)
    const unknown = await ana('POST', '/commits/1234567/veto', { reason })
    assert.equal(unknown.status, 404)
    const short = await ana('POST', `/commits/${BAD}/veto`, { reason: 'meh' })
    assert.equal((short.json as { code: string }).code, 'commit.no-reason')
    const never = await ana('POST', `/commits/${BAD}/unveto`, { reason })
    assert.equal((never.json as { code: string }).code, 'commit.not-vetoed')
  })
})
