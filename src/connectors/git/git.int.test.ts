import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import type { Git } from '#catalog/ports.ts'
import { GIT_ENVIRONMENT, GitRepository, fastImport } from '../../../test/support/git-repository.ts'
import { openGit } from './git.ts'

let root = ''
let git: Git
let made = 0
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-git-'))
  git = await openGit({ folder: join(root, 'mirrors'), environment: GIT_ENVIRONMENT })
})
after(() => rm(root, { recursive: true }))

const fresh = () => new GitRepository(join(root, `repository-${made++}`))
const pull = (from: GitRepository, was = '', limit = 500, branch = 'main') =>
  git.pull({ repository: from.bare, branch, before: was, limit })
const shasOf = ({ commits }: { commits: readonly { sha: string }[] }) => commits.map((c) => c.sha)

describe('pull', () => {
  it('gives what came since, oldest first, and nothing when nothing did', async () => {
    const repository = fresh()
    const [one, two] = [repository.commit('one'), repository.commit('two')]
    repository.push()
    const first = await pull(repository)
    assert.deepEqual([first.head, shasOf(first)], [two, [one, two]])
    assert.deepEqual(await pull(repository, two), { head: two, commits: [] })
    const [three, four] = [repository.commit('three'), repository.commit('four')]
    repository.push()
    const next = await pull(repository, two)
    assert.deepEqual([next.head, shasOf(next)], [four, [three, four]])
  })

  it('tells everything about a commit', async () => {
    const repository = fresh()
    const root = repository.commit('root', { 'a/b.txt': '1', 'c d.txt': '1' })
    const message = 'feat: tell\n\nBody.\n\nCo-authored-by: Cy Lo <CY@example.org>\n'
    const sha = repository.commit(message, { 'a/b.txt': '2' }, { name: 'Dé', email: 'De@X.org' })
    repository.push()
    const { commits } = await pull(repository)
    assert.deepEqual(commits[0]?.paths, ['a/b.txt', 'c d.txt'])
    assert.deepEqual(commits[1], {
      sha,
      parents: [root],
      author: { name: 'Dé', email: 'de@x.org' },
      committer: { name: 'Ben', email: 'ben@example.org' },
      coAuthors: [{ name: 'Cy Lo', email: 'cy@example.org' }],
      authoredAt: 1_700_000_090_000,
      committedAt: 1_700_000_120_000,
      message: message.trimEnd(),
      paths: ['a/b.txt'],
      pathsCut: false,
    })
  })

  it('shows of a merge what it brought to the branch', async () => {
    const repository = fresh()
    const base = repository.commit('base', { base: '1' })
    repository.git('checkout', '--quiet', '-b', 'side')
    const side = repository.commit('side', { side: '1' })
    repository.git('checkout', '--quiet', 'main')
    const main = repository.commit('main', { main: '1' })
    repository.git('merge', '--quiet', '--no-ff', '--no-commit', 'side')
    const merge = repository.commit('merge', { hidden: 'in the merge alone' })
    repository.push()
    const { commits } = await pull(repository)
    const bySha = new Map(commits.map((commit) => [commit.sha, commit]))
    assert.deepEqual(bySha.get(merge)?.parents, [main, side])
    assert.deepEqual(bySha.get(merge)?.paths, ['hidden', 'side'])
    assert.deepEqual(bySha.get(side)?.paths, ['side'])
    assert.deepEqual(new Set(shasOf({ commits })), new Set([base, side, main, merge]))
  })

  it('tells a parent before its child, whatever their clocks say', async () => {
    const repository = fresh()
    // The merge has two parents; the clock of the second is behind its own parent's.
    const commits: [mark: number, seconds: number, parents: string][] = [
      [1, 5000, ''],
      [2, 9000, 'from :1\n'],
      [3, 1000, 'from :1\n'],
      [4, 9999, 'from :2\nmerge :3\n'],
    ]
    const stream = commits.map(([mark, seconds, parents]) => {
      const head = `commit refs/heads/main\nmark :${mark}\ncommitter A <a@x> ${seconds} +0000\n`
      return `${head}data 1\n${mark}\n${parents}`
    })
    fastImport(repository.bare, `reset refs/heads/main\n${stream.join('')}done\n`)
    const told = (await pull(repository)).commits
    assert.deepEqual(told.map(({ message }) => message).toSorted(), ['1', '2', '3', '4'])
    for (const [i, { parents }] of told.entries())
      for (const parent of parents)
        assert.ok(shasOf({ commits: told.slice(0, i) }).includes(parent))
  })

  it('touches both paths of a file that moves', async () => {
    const repository = fresh()
    repository.commit('one', { 'old/file': 'the same text' })
    repository.git('mv', 'old', 'new')
    repository.commit('moved')
    repository.push()
    const { commits } = await pull(repository)
    assert.deepEqual(commits[1]?.paths, ['new/file', 'old/file'])
  })

  it('begins anew after a force-push, whether or not it ever saw the old head', async () => {
    const repository = fresh()
    const base = repository.commit('base')
    const old = repository.commit('old')
    repository.push()
    await pull(repository)
    repository.git('reset', '--quiet', '--hard', base)
    const rewritten = repository.commit('rewritten')
    repository.push()
    const after = await pull(repository, old)
    assert.deepEqual([after.head, shasOf(after)], [rewritten, [base, rewritten]])
    assert.deepEqual(shasOf(await pull(repository, 'f'.repeat(40))), [base, rewritten])
    assert.deepEqual(shasOf(await pull(repository, rewritten)), [])
    assert.equal(await git.isAncestor(repository.bare, old, rewritten), false)
  })

  it('takes 1,200 commits at once, and the newest when asked for fewer', async () => {
    const repository = fresh()
    const base = repository.commit('base')
    repository.push()
    await pull(repository)
    fastImport(repository.bare, manyCommits(1200, base))
    const all = await pull(repository, base, 5000)
    assert.deepEqual(
      all.commits.map(({ message }) => message),
      Array.from({ length: 1200 }, (_, i) => `commit ${i}`),
    )
    assert.deepEqual(all.commits[7]?.paths, ['file-7'])
    const newest = await pull(repository, base, 500)
    assert.deepEqual(shasOf(newest), shasOf(all).slice(-500))
  })

  it('follows branches and tags that come and go', async () => {
    const repository = fresh()
    repository.commit('one')
    repository.push('HEAD:main', 'HEAD:topic')
    await pull(repository, '', 10, 'topic')
    repository.push(':topic')
    repository.push('HEAD:topic/deeper')
    await pull(repository, '', 10, 'topic/deeper')
    await assert.rejects(pull(repository, '', 10, 'topic'), { code: 'git.no-branch' })
  })

  it('says so when there is no such branch, and which one may be meant', async () => {
    const repository = fresh()
    await assert.rejects(pull(repository), { code: 'git.no-branch', remedy: /is empty/ })
    repository.commit('one')
    repository.push()
    const wrong = pull(repository, '', 10, 'mian')
    await assert.rejects(wrong, {
      code: 'git.no-branch',
      retry: false,
      remedy: /did you mean main\?/,
    })
  })
})

describe('changes', () => {
  const changes = (repository: GitRepository, from: string | undefined, to: string, limit = 10) =>
    git.changes({
      ...{ repository: repository.bare, from, to, limit },
      wanted: (path) => path.endsWith('.sql'),
    })
  const wanted = (...files: readonly (readonly [path: string, change: string])[]) =>
    files.map(([path, change]) => ({ path, change }))

  it('are what is new, other or gone between two commits, and wanted', async () => {
    const repository = fresh()
    const one = repository.commit('one', { 'b.sql': '1', 'c.sql': '1', 'd.txt': '1', 'A\tx': '' })
    repository.git('rm', '--quiet', 'c.sql')
    const two = repository.commit('two', { 'a/ä "x".sql': '1', 'b.sql': '2', 'd.txt': '2' })
    repository.push()
    assert.deepEqual(await changes(repository, one, two), {
      files: wanted(['a/ä "x".sql', 'new'], ['b.sql', 'changed'], ['c.sql', 'removed']),
      isCut: false,
    })
    assert.deepEqual((await changes(repository, two, two)).files, [])
  })
  it('tell a rename as one gone and one new', async () => {
    const repository = fresh()
    const one = repository.commit('one', { 'a.sql': 'the same' })
    repository.git('mv', 'a.sql', 'b.sql')
    const two = repository.commit('two', { 'other.txt': '' })
    repository.push()
    const { files } = await changes(repository, one, two)
    assert.deepEqual(files, wanted(['a.sql', 'removed'], ['b.sql', 'new']))
  })
  it('are all files where there is nothing before, up to the limit', async () => {
    const repository = fresh()
    const sha = repository.commit('one', { 'a.sql': '', 'b/c.sql': '', 'd.txt': '' })
    repository.push()
    const all = wanted(['a.sql', 'new'], ['b/c.sql', 'new'])
    assert.deepEqual(await changes(repository, undefined, sha), { files: all, isCut: false })
    const cut = { files: all.slice(0, 1), isCut: true }
    assert.deepEqual(await changes(repository, undefined, sha, 1), cut)
  })
  it('of a commit that is not there are none', async () => {
    const repository = fresh()
    const sha = repository.commit('one')
    repository.push()
    const unknown = 'f'.repeat(40)
    await assert.rejects(changes(repository, unknown, sha), { code: 'git.unknown-commit' })
  })
})

describe('a tree', () => {
  it('gives text of files, and nothing for what is no file', async () => {
    const repository = fresh()
    await symlink('a/b.txt', join(repository.work, 'link'))
    const sha = repository.commit('files', { 'a/b.txt': 'ünïcode\n', '-dash': 'dash' })
    repository.push()
    const file = (path: string) => git.file(repository.bare, sha, path)
    assert.equal(await file('a/b.txt'), 'ünïcode\n')
    assert.equal(await file('-dash'), 'dash')
    for (const path of ['a', 'a/c', 'link', 'A/b.txt', '*', 'a/*'])
      assert.equal(await file(path), undefined)
  })

  it('gives a file of exactly a mebibyte and refuses a larger one', async () => {
    const repository = fresh()
    const most = 'x'.repeat(1024 * 1024)
    const sha = repository.commit('large', { most, over: `${most}y` })
    repository.push()
    assert.equal((await git.file(repository.bare, sha, 'most'))?.length, most.length)
    await assert.rejects(git.file(repository.bare, sha, 'over'), { code: 'git.refused' })
  })

  it('finds files by name at any depth, at most 500', async () => {
    const repository = fresh()
    const many = Array.from({ length: 600 }, (_, i) => [`many/${i}/x.yaml`, ''])
    const sha = repository.commit('files', {
      'box.yaml': '',
      'a/b/box.yaml': '',
      'a/inbox.yaml': '',
      'box.yaml.d/other': '',
      ...Object.fromEntries(many),
    })
    repository.push()
    const find = (name: string) => git.find(repository.bare, sha, name)
    assert.deepEqual(await find('box.yaml'), ['a/b/box.yaml', 'box.yaml'])
    assert.deepEqual(await find('nothing'), [])
    assert.equal((await find('x.yaml')).length, 500)
  })

  it('knows when a file last changed', async () => {
    const repository = fresh()
    repository.commit('one', { a: '1', b: '1' })
    const two = repository.commit('two', { a: '2' })
    repository.git('rm', '--quiet', 'b')
    const three = repository.commit('three')
    repository.push()
    const changed = (sha: string, path: string) => git.lastChange(repository.bare, sha, path)
    assert.equal(await changed(three, 'a'), 1_700_000_120_000)
    assert.equal(await changed(two, 'b'), 1_700_000_060_000)
    assert.equal(await changed(three, 'b'), undefined)
  })

  it('is archived as committed, whatever its attributes say', async () => {
    const repository = fresh()
    const sha = repository.commit('files', {
      '.gitattributes': 'secret export-ignore\nversion export-subst\n',
      secret: 'kept',
      version: '$Format:%H$',
      'a/b': 'deep',
    })
    repository.push()
    const tar = await buffer(await git.archive(repository.bare, sha))
    const list = execFileSync('tar', ['-tf', '-'], { input: tar, encoding: 'utf8' })
    assert.deepEqual(list.trim().split('\n'), ['.gitattributes', 'a/', 'a/b', 'secret', 'version'])
    const version = execFileSync('tar', ['-xOf', '-', 'version'], { input: tar, encoding: 'utf8' })
    assert.equal(version, '$Format:%H$')
    assert.deepEqual(await buffer(await git.archive(repository.bare, sha)), tar)
  })
})

describe('history', () => {
  it('is cut into ranges, from the root when nothing came before', async () => {
    const repository = fresh()
    const [one, two, three] = ['one', 'two', 'three'].map((text) => repository.commit(text))
    repository.push()
    assert.ok(one !== undefined && two !== undefined && three !== undefined)
    const range = async (from: string | undefined, to: string, limit = 10) =>
      shasOf({ commits: await git.range(repository.bare, from, to, limit) })
    assert.deepEqual(await range(undefined, two), [one, two])
    assert.deepEqual(await range(one, three), [two, three])
    assert.deepEqual(await range(three, three), [])
    assert.deepEqual(await range(three, one), [])
    assert.deepEqual(await range(undefined, three, 2), [two, three])
    assert.equal(await git.isAncestor(repository.bare, one, three), true)
    assert.equal(await git.isAncestor(repository.bare, one, one), true)
    assert.equal(await git.isAncestor(repository.bare, three, one), false)
  })

  it('fetches a commit it has not seen, and says which one nobody has', async () => {
    const repository = fresh()
    repository.commit('one')
    repository.push()
    await pull(repository)
    const two = repository.commit('two', { file: 'new' })
    repository.push()
    assert.equal(await git.file(repository.bare, two, 'file'), 'new')
    const nobody = git.file(repository.bare, 'f'.repeat(40), 'file')
    await assert.rejects(nobody, { code: 'git.unknown-commit', retry: false })
  })

  it('lists tags that the commit contains, by prefix, with their commits', async () => {
    const repository = fresh()
    const one = repository.commit('one', { file: '1' })
    repository.git('tag', 'pay/v1.0.0')
    repository.git('tag', 'other/v9.0.0')
    const two = repository.commit('two')
    repository.git('tag', '--annotate', '--message=two', 'pay/v1.1.0')
    repository.git('tag', 'a-blob', 'HEAD:file')
    repository.commit('three')
    repository.git('tag', 'pay/v2.0.0')
    repository.push('HEAD:main', '--tags')
    await pull(repository)
    assert.deepEqual(await git.tags(repository.bare, two, 'pay/v'), [
      { name: 'pay/v1.0.0', sha: one },
      { name: 'pay/v1.1.0', sha: two },
    ])
    assert.equal((await git.tags(repository.bare, two, '')).length, 3)
    assert.deepEqual(await git.tags(repository.bare, two, '*'), [])
  })
})

function manyCommits(count: number, from: string): string {
  const commits = Array.from({ length: count }, (_, i) => {
    const message = `commit ${i}`
    const who = `Ana <ana@example.org> ${1_700_001_000 + i} +0000`
    const parent = i === 0 ? `from ${from}\n` : ''
    const file = `M 100644 inline file-${i}\ndata 1\nx\n`
    return (
      `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n` +
      `data ${message.length}\n${message}\n${parent}${file}`
    )
  })
  return `${commits.join('')}done\n`
}
