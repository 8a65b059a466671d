import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Git } from '#catalog/ports.ts'
import { history } from '#engine/store.ts'
import { Fault } from '#kernel/fault.ts'
import { quiet } from '../../test/support/database.ts'
import { AT, ReleaseRoom } from '../../test/support/release-room.ts'
import { until } from '../../test/support/until.ts'
import {
  areCommitsKnown,
  commitsBetween,
  passedOver,
  releaseNamed,
  releasesOf,
  releasesOfVersion,
} from './queries.ts'
import { relationOf } from './queries/relation.ts'
import { reconcilers, releaseIdOf } from './reconcilers.ts'

describe('an artifact becomes a release', () => {
  it('the first is 1.0.0, with its tag, changelog and runbook, and once', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const sha = room.commit('feat: begin (#1)', { 'docs/runbook.md': 'call Ana' })
    const artifact = await room.build(sha)
    await room.reconcile()
    await room.reconcile()
    const release = await releaseNamed(room.engine.reads, releaseIdOf(artifact))
    assert.ok(release)
    const { version, tag, previous, commits, changelog, createdAt } = release
    assert.deepEqual([version, tag, previous, createdAt], ['1.0.0', 'v1.0.0', null, AT])
    assert.deepEqual(
      commits.map((commit) => [commit.sha, commit.tickets]),
      [[sha, ['#1']]],
    )
    assert.match(changelog, /^## 1\.0\.0 \(2026-03-04\)\n\n### Features\n\n- begin \(#1\)/)
    assert.deepEqual(room.tags(), ['v1.0.0'])
    const stream = await history(room.engine.database, `release-${release.release}`)
    const [created, tagged] = stream.map(({ event }) => event)
    assert.equal(stream.length, 2)
    assert.equal(tagged?.type, 'release.tagged')
    assert.deepEqual((created as { runbook?: object }).runbook, {
      path: 'docs/runbook.md',
      changedAt: 1_700_000_060_000,
    })
  })

  it('says when it cannot name all commits that are new in it', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const { reads } = room.engine
    const sha = room.commit('feat: begin')
    const [fact] = await room.git.range(room.repository.bare, undefined, sha, 1)
    assert.ok(fact)
    const git = (count: number): Git => ({
      ...room.git,
      range: async () => Array.from({ length: count }, () => fact),
    })
    const releaseOf = async (count: number) => {
      const artifact = await room.commitAndBuild('feat: more')
      await room.reconcile('checkout', git(count))
      return releaseNamed(reads, releaseIdOf(artifact))
    }
    const whole = await releaseOf(2_000)
    assert.deepEqual([whole?.commits.length, whole?.commitsCut], [2_000, false])
    const cut = await releaseOf(2_001)
    assert.deepEqual([cut?.commits.length, cut?.commitsCut], [2_000, true])
    const next = await releaseOf(1)
    assert.ok(whole && cut && next)
    const isKnown = (after: string | null, upTo: string) =>
      areCommitsKnown(reads, 'checkout', after, upTo)
    assert.equal(await isKnown(null, whole.release), true)
    assert.equal(await isKnown(whole.release, next.release), false)
    assert.equal(await isKnown(cut.release, next.release), true)
  })

  it('the next follows from its commits, and says what it follows', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const first = await room.commitAndBuild('feat: begin')
    await room.reconcile()
    room.commit('fix: one')
    const second = await room.commitAndBuild('feat: two')
    await room.reconcile()
    const third = await room.commitAndBuild('fix!: three')
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['2.0.0', '1.1.0', '1.0.0'])
    const { reads } = room.engine
    const release = await releaseNamed(reads, releaseIdOf(second))
    assert.deepEqual(
      release?.commits.map(({ subject }) => subject),
      ['one', 'two'],
    )
    assert.equal(release?.previous, releaseIdOf(first))
    const between = await commitsBetween(reads, 'checkout', releaseIdOf(first), releaseIdOf(third))
    assert.deepEqual(
      between.map(({ subject }) => subject),
      ['one', 'two', 'three'],
    )
    for (const called of ['1.1.0', 'v1.1.0', 'checkout@1.1.0'])
      assert.deepEqual(
        (await releasesOfVersion(reads, called)).map((each) => each.release),
        [releaseIdOf(second)],
      )
    assert.deepEqual(await releasesOfVersion(reads, 'other@1.1.0'), [])
  })

  it('or is passed over, and says why', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const old = room.commit('feat: begin')
    await room.commitAndBuild('feat: go on')
    await room.reconcile()
    await room.commitAndBuild('docs: explain')
    await room.build(old)
    await room.reconcile()
    await room.reconcile()
    const passed = await passedOver(room.engine.reads, 'checkout', 10)
    assert.deepEqual(passed.map(({ reason }) => reason).sort(), [
      'no-releasable-commits',
      'older-than-released',
    ])
    assert.deepEqual(await room.versions(), ['1.0.0'])
    assert.equal((await history(room.engine.database, 'candidate-checkout')).length, 2)
  })

  it('when it is complete, and from the branch that is released', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const sha = room.commit('feat: begin')
    await room.build(sha, 'checkout', 'elsewhere')
    await room.reconcile()
    assert.deepEqual(await room.versions(), [])
  })

  it('as soon as the loop hears of it', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const { engine, git } = room
    engine.use(reconcilers({ engine, git, log: quiet, now: () => AT }))
    await engine.start()
    t.after(() => engine.stop())
    await room.commitAndBuild('feat: begin')
    await until('released', async () => (await room.versions()).length === 1)
  })
})

describe('whatever goes wrong', () => {
  it('a crash between the tag and the release makes neither twice', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    await room.commitAndBuild('feat: begin')
    await room.reconcile()
    await room.commitAndBuild('feat: more')
    const dying: Git = {
      ...room.git,
      async tag(at) {
        await room.git.tag(at)
        throw new Error('the power went')
      },
    }
    await assert.rejects(room.reconcile('checkout', dying), /the power went/)
    assert.deepEqual(room.tags(), ['v1.0.0', 'v1.1.0'])
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['1.1.0', '1.0.0'])
    assert.deepEqual(room.tags(), ['v1.0.0', 'v1.1.0'])
    const [release] = await releasesOf(room.engine.reads, 'checkout', 1)
    assert.deepEqual(
      release?.commits.map(({ subject }) => subject),
      ['more'],
    )
  })

  it('two holders of the key at once come to the same end', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    room.commit('chore: begin')
    await room.commitAndBuild('feat: one')
    await room.commitAndBuild('feat: two')
    await Promise.all([room.reconcile(), room.reconcile(), room.reconcile()])
    assert.deepEqual(await room.versions(), ['1.1.0', '1.0.0'])
    assert.deepEqual(room.tags(), ['v1.0.0', 'v1.1.0'])
  })

  it('a tag that stands elsewhere is stepped over', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    await room.commitAndBuild('feat: begin')
    await room.reconcile()
    room.repository.git('checkout', '--quiet', '--orphan', 'other')
    room.repository.commit('feat: somewhere else')
    room.repository.git('tag', 'v1.1.0')
    room.repository.push('other', 'v1.1.0')
    room.repository.git('checkout', '--quiet', '--force', 'main')
    await room.commitAndBuild('feat: more')
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['1.2.0', '1.0.0'])
  })

  it('a commit that is gone does not keep the others waiting', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    await room.build('f'.repeat(40))
    await room.commitAndBuild('feat: begin')
    await assert.rejects(room.reconcile(), { code: 'git.unknown-commit' })
    assert.deepEqual(await room.versions(), ['1.0.0'])
  })

  it('a history that was rewritten is released again, under a later version', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    room.commit('chore: begin')
    await room.commitAndBuild('feat: one')
    await room.reconcile()
    room.repository.git('reset', '--quiet', '--hard', 'HEAD~1')
    await room.commitAndBuild('feat: another one')
    // As a mirror answers that was made after the old line was gone.
    const forgetful: Git = {
      ...room.git,
      isAncestor: async () => {
        throw new Fault('git.unknown-commit', 'No such commit.', { remedy: '' })
      },
    }
    await room.reconcile('checkout', forgetful)
    assert.deepEqual(await room.versions(), ['1.1.0', '1.0.0'])
  })
})

describe('a hotfix from an older release', () => {
  it('is a line beside the other, until it is merged', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const made = async (message: string) => {
      const artifact = await room.commitAndBuild(message)
      await room.reconcile()
      const found = await releaseNamed(room.engine.reads, releaseIdOf(artifact))
      if (found === undefined) throw new Error(`nothing was released of ${message}`)
      return found
    }
    const first = await made('feat: begin')
    const second = await made('feat: more')
    // Somebody mends what runs, from its own commit.
    room.repository.git('checkout', '--quiet', '-b', 'mend', first.sha)
    const hotfix = await made('fix: mend')
    assert.deepEqual([hotfix.version, hotfix.previous], ['1.0.1', first.release])
    room.repository.git('checkout', '--quiet', 'main')
    const third = await made('feat: much more')
    assert.deepEqual([third.version, third.previous, third.merges], ['1.2.0', second.release, []])
    room.repository.git('merge', '--quiet', '--no-edit', '-X', 'ours', 'mend')
    const merged = await made('fix: after the merge')
    assert.equal(merged.version, '1.2.1')
    assert.equal(merged.previous, third.release)
    assert.deepEqual(merged.merges, [hotfix.release])
    assert.equal(await relationOf(room.engine.reads, merged, hotfix), 'newer')
    const subjects = merged.commits.map(({ subject }) => subject)
    assert.ok(subjects.includes('mend') && subjects.includes('after the merge'))
    assert.ok(!subjects.includes('much more'))
  })

  it('late from an older commit, is nothing new on any line', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const first = room.commit('feat: begin')
    const between = room.commit('fix: between')
    await room.commitAndBuild('feat: more')
    await room.reconcile()
    room.repository.git('checkout', '--quiet', '-b', 'mend', first)
    await room.commitAndBuild('fix: mend')
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['1.1.0', '1.0.0'])
    await room.build(between)
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['1.1.0', '1.0.0'])
  })
})

describe('a repository with a past', () => {
  it('goes on from the version it was at', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    room.commit('feat: before us')
    room.repository.git('tag', '-a', '-m', 'two', 'v2.3.0')
    room.repository.push('v2.3.0')
    const artifact = await room.commitAndBuild('fix: with us')
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['2.3.1'])
    const release = await releaseNamed(room.engine.reads, releaseIdOf(artifact))
    assert.deepEqual(
      release?.commits.map(({ subject }) => subject),
      ['with us'],
    )
  })

  it('hides no commit behind a tag that was set by hand', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    await room.commitAndBuild('feat: begin')
    await room.reconcile()
    room.commit('feat: hidden')
    room.repository.git('tag', 'v1.5.0')
    room.repository.push('v1.5.0')
    const artifact = await room.commitAndBuild('fix: shown')
    await room.reconcile()
    const release = await releaseNamed(room.engine.reads, releaseIdOf(artifact))
    assert.equal(release?.version, '1.5.1')
    assert.deepEqual(
      release?.commits.map(({ subject }) => subject),
      ['hidden', 'shown'],
    )
  })

  it('takes the version that somebody tagged on the very commit', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    const sha = room.commit('chore: only this')
    room.repository.git('tag', 'v4.0.0')
    room.repository.push('v4.0.0')
    await room.build(sha)
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['4.0.0'])
  })

  it('lets a tag be deleted without giving its version twice', async (t) => {
    const room = await ReleaseRoom.open(t)
    await room.register()
    await room.commitAndBuild('feat: begin')
    await room.reconcile()
    room.repository.git('push', '--quiet', room.repository.bare, ':refs/tags/v1.0.0')
    await room.commitAndBuild('feat: more')
    await room.reconcile()
    assert.deepEqual(await room.versions(), ['1.1.0', '1.0.0'])
  })
})

describe('a repository of several services', () => {
  it('counts for each what touches it', async (t) => {
    const room = await ReleaseRoom.open(t)
    const versioning = (name: string) => ({ scheme: 'semver' as const, tagPrefix: `${name}@` })
    for (const name of ['cart', 'mail'])
      await room.register(
        { name, versioning: versioning(name) },
        { directory: name, paths: [`${name}/**`] },
      )
    const first = room.commit('feat: begin', {
      'cart/a': '1',
      'mail/a': '1',
      'cart/docs/runbook.md': '',
    })
    const second = room.commit('feat: only the cart', { 'cart/a': '2' })
    for (const name of ['cart', 'mail']) {
      await room.build(first, name)
      await room.reconcile(name)
      await room.build(second, name)
      await room.reconcile(name)
    }
    assert.deepEqual(await room.versions('cart'), ['1.1.0', '1.0.0'])
    assert.deepEqual(await room.versions('mail'), ['1.0.0'])
    assert.deepEqual(room.tags(), ['cart@1.0.0', 'cart@1.1.0', 'mail@1.0.0'])
    const [release] = await releasesOf(room.engine.reads, 'cart', 1)
    const [created] = await history(room.engine.database, `release-${release?.release}`)
    assert.match(JSON.stringify(created?.event), /"path":"cart\/docs\/runbook\.md"/)
  })
})
