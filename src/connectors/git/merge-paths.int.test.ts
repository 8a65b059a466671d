import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { GIT_ENVIRONMENT, GitRepository } from '../../../test/support/git-repository.ts'
import { openGit } from './git.ts'

it('tells what a merge changes itself: nothing, a resolution, what was slipped in', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'signalbox-merge-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const git = await openGit({ folder: join(root, 'mirrors'), environment: GIT_ENVIRONMENT })
  const repository = new GitRepository(join(root, 'repository'))
  repository.commit('base', { 'a.js': '1\n' })
  const side = (name: string, files: Record<string, string>) => {
    repository.git('checkout', '--quiet', '-b', name)
    repository.commit(name, files)
    repository.git('checkout', '--quiet', 'main')
  }
  side('clean', { 'b.js': '1\n' })
  side('other', { 'c.js': '1\n' })
  repository.commit('main', { 'd.js': '1\n' })
  repository.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'clean')
  const clean = repository.head()
  repository.git('merge', '--quiet', '--no-ff', '--no-commit', 'other')
  const slipped = repository.commit('Merge branch other', { 'ä b.js': 'slipped\n' })
  side('clash', { 'a.js': '2\n' })
  repository.commit('clashing', { 'a.js': '3\n' })
  assert.throws(() => repository.git('merge', '--quiet', '--no-ff', 'clash'))
  const resolved = repository.commit('Merge branch clash', { 'a.js': '2 and 3\n' })
  repository.push()
  const found = await git.mergePaths(repository.bare, [clean, slipped, resolved])
  assert.deepEqual(
    [clean, slipped, resolved].map((sha) => found.get(sha)),
    [[], ['ä b.js'], ['a.js']],
  )
  await assert.rejects(git.mergePaths(repository.bare, ['--all']), { code: 'git.refused' })
})
