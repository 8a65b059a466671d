import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { history } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Git } from '#catalog/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { quiet } from '../../../test/support/database.ts'
import { ReleaseRoom } from '../../../test/support/release-room.ts'
import { badCommits } from '../bad-commit.ts'
import { releaseNamed } from '../queries.ts'
import { reconcilers, releaseIdOf } from '../reconcilers.ts'

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

describe('a revert that does not say so', () => {
  it('is known by its patch when a release is made of it', async (t) => {
    const { it: room_, bad, veto, releaseOf } = await room(t)
    await veto()
    assert.deepEqual((await releaseOf(await room_.build(bad))).vetoes, ['*'])
    const undo = room_.commit('fix: as it was', CODE('three'))
    const mended = await releaseOf(await room_.build(undo))
    assert.deepEqual([mended.vetoes, mended.commits[0]?.reverts], [[], [bad]])
    const again = await releaseOf(await room_.commitAndBuild('feat: faster at last', CODE('3')))
    assert.deepEqual([again.vetoes, again.commits[0]?.repeats], [['*'], [bad]])
  })
  it('is known by its patch when it was released before anybody knew', async (t) => {
    const { it: room_, bad, veto, releaseOf } = await room(t)
    const [first, undo] = [await room_.build(bad), room_.commit('fix: as it was', CODE('three'))]
    await releaseOf(first)
    const mended = await releaseOf(await room_.build(undo))
    await veto()
    const look = async () => {
      const [, loop] = reconcilers({
        engine: room_.engine,
        git: room_.git,
        log: quiet,
        now: () => 9,
      })
      await loop?.reconcile('*', { fence: 1, signal: new AbortController().signal })
    }
    await look()
    await look()
    const vetoes = async (id: string) => (await releaseNamed(room_.engine.reads, id))?.vetoes
    assert.deepEqual(await vetoes(mended.release), [])
    assert.deepEqual(await vetoes(releaseIdOf(first)), ['*'])
    const next = await releaseOf(await room_.commitAndBuild('fix: something else', { b: '1' }))
    assert.deepEqual(next.vetoes, [])
    const told = await history(room_.engine.database, `release-${mended.release}`)
    const lifted = told.at(-1)?.event as { type: string; reason?: string }
    assert.equal(lifted.type, 'release.unvetoed')
    assert.ok(lifted.reason?.includes(undo.slice(0, 8)))
  })
  it('is not known while git does not answer, and the veto stands', async (t) => {
    const { it: room_, bad, veto } = await room(t)
    await veto()
    await room_.build(bad)
    await room_.reconcile()
    const artifact = await room_.commitAndBuild('fix: as it was', CODE('three'))
    const failing = (retry: boolean): Git => ({
      ...room_.git,
      patchIds: async () => {
        throw new Fault('git.broken', 'no', { remedy: 'wait', retry })
      },
    })
    await assert.rejects(room_.reconcile('checkout', failing(true)), /no/)
    const release = async () => releaseNamed(room_.engine.reads, releaseIdOf(artifact))
    assert.equal(await release(), undefined)
    await room_.reconcile('checkout', failing(false))
    assert.deepEqual((await release())?.vetoes, ['*'])
  })
})
