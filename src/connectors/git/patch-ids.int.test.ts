import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { GIT_ENVIRONMENT, GitRepository } from '../../../test/support/git-repository.ts'
import { openGit } from './git.ts'

const text = (third: string, more = '') => ({
  'a.js': `${more}zero\none\ntwo\n${third}\nfour\nfive\n`,
})

async function room(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'signalbox-patch-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const git = await openGit({ folder: join(root, 'mirrors'), environment: GIT_ENVIRONMENT })
  const repository = new GitRepository(join(root, 'repository'))
  const ids = async (...shas: string[]) => {
    repository.push()
    return git.patchIds(repository.bare, shas)
  }
  return { repository, ids, git }
}

describe('patch ids', () => {
  it('tell a revert by what it does, wherever its lines have moved to', async (t) => {
    const { repository, ids } = await room(t)
    const lines = Array.from({ length: 20 }, (_, at) => `above ${at}\n`).join('')
    const base = repository.commit('base', text('three'))
    const bad = repository.commit('bad', text('3'))
    const moved = repository.commit('move', text('3', lines))
    const mend = repository.commit('mend', text('three', lines))
    const again = repository.commit('again', text('3', lines))
    const other = repository.commit('other', text('drei', lines))
    const all = await ids(base, bad, moved, mend, again, other)
    assert.equal(all.size, 6)
    assert.equal(all.get(mend)?.does, all.get(bad)?.undoes)
    assert.equal(all.get(mend)?.undoes, all.get(bad)?.does)
    assert.equal(all.get(again)?.does, all.get(bad)?.does)
    const names = [base, bad, moved, mend, other].map((sha) => all.get(sha)?.does)
    assert.equal(new Set(names).size, 5)
  })
  it('tell of a merge what it brought', async (t) => {
    const { repository, ids } = await room(t)
    repository.commit('base', text('three'))
    repository.git('checkout', '--quiet', '-b', 'side')
    const side = repository.commit('side', text('3'))
    repository.git('checkout', '--quiet', 'main')
    repository.commit('main', { 'b.js': '1\n' })
    repository.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'side')
    const merge = repository.git('rev-parse', 'HEAD').trim()
    const all = await ids(side, merge)
    assert.ok(all.get(side)?.does)
    assert.equal(all.get(merge)?.does, all.get(side)?.does)
  })
  it('have no name for what is no text, and for what looks alike both ways', async (t) => {
    const { repository, ids } = await room(t)
    const path = join(repository.work, 'image')
    const bytes = async (last: number, message: string) => {
      await writeFile(path, Buffer.from([0, 1, 2, last]))
      repository.git('add', 'image')
      return repository.commit(message, {})
    }
    const first = await bytes(1, 'one')
    const second = await bytes(2, 'two')
    const blanks = repository.commit('a', { 'a.yml': 'a:\n  b: 1\n' })
    const indented = repository.commit('b', { 'a.yml': 'a:\n    b: 1\n' })
    const empty = repository.commit('empty', {})
    const all = await ids(first, second, blanks, indented, empty)
    assert.deepEqual([...all.keys()], [blanks])
  })
  it('are asked for so many, and of commits that are there', async (t) => {
    const { repository, ids } = await room(t)
    const sha = repository.commit('base', text('three'))
    await assert.rejects(ids(...Array.from({ length: 501 }, () => sha)), { code: 'git.refused' })
    await assert.rejects(ids('--output=x'), { code: 'git.refused' })
    await assert.rejects(ids('0'.repeat(39) + '1'), { code: 'git.unknown-commit' })
    assert.equal((await ids()).size, 0)
  })
})
