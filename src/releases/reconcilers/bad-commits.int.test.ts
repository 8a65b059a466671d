import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { history } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { ReleaseRoom } from '../../../test/support/release-room.ts'
import { badCommits } from '../bad-commit.ts'
import { releaseNamed } from '../queries.ts'
import { releaseIdOf } from '../reconcilers.ts'

const reason = 'loses every third order'
const CODE = (guard: string) => ({ 'shop.js': `one\ntwo\n${guard}\nfour\nfive\n` })

/** 1.0.0 is good; the commit after it is known to be bad before anything is made of it. */
async function room(t: TestContext) {
  const it = await ReleaseRoom.open(t)
  await it.register()
  await it.commitAndBuild('feat: begin', CODE('three'))
  await it.reconcile()
  const bad = it.commit('feat: go faster', CODE('3'))
  const veto = (environment?: string) =>
    it.engine.execute(
      badCommits,
      bad,
      {
        type: 'commit.veto',
        at: 1,
        by: 'ana',
        sha: bad,
        reason,
        ...(environment && { environment }),
      },
      { actor: SYSTEM },
    )
  const releaseOf = async (artifact: string) => {
    await it.reconcile()
    return (await releaseNamed(it.engine.reads, releaseIdOf(artifact))) ?? assert.fail('no release')
  }
  return { it, bad, veto, releaseOf }
}

describe('a release with a bad commit', () => {
  it('is born vetoed: no instant lies between its making and its veto', async (t) => {
    const { it: room_, bad, veto, releaseOf } = await room(t)
    await veto()
    await veto('prod')
    const { release, vetoes } = await releaseOf(await room_.build(bad))
    assert.deepEqual([...vetoes].sort(), ['*', 'prod'])
    const told = await history(room_.engine.database, `release-${release}`)
    assert.deepEqual(
      told.map(({ event }) => event.type),
      ['release.created', 'release.tagged', 'release.vetoed', 'release.vetoed'],
    )
    const [, , vetoed] = told.map(({ event }) => event as { by: string; commit?: string })
    assert.deepEqual([vetoed?.by, vetoed?.commit], ['ana', bad])
    const next = await releaseOf(await room_.commitAndBuild('fix: something else', { b: '1' }))
    assert.deepEqual([...next.vetoes].sort(), ['*', 'prod'])
  })
  it('is born free, with its revert or before anybody knew', async (t) => {
    const { it: room_, bad, veto, releaseOf } = await room(t)
    assert.deepEqual((await releaseOf(await room_.build(bad))).vetoes, [])
    await veto()
    const message = `Revert "go faster"\n\nThis reverts commit ${bad}.`
    const mended = await room_.commitAndBuild(message, CODE('three'))
    assert.deepEqual((await releaseOf(mended)).vetoes, [])
  })
})
