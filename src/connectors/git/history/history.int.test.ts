/** Histories that real git wrote: every shape in which a change reaches a release. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Observation } from '#insights/ports.ts'
import { repositoryName } from '#kernel/repository-name.ts'
import { GIT_ENVIRONMENT, GitRepository } from '../../../../test/support/git-repository.ts'
import { type HistoryAsk, readHistory } from './history.ts'
import { observe } from './observe.ts'

const NOW = Date.UTC(2026, 0, 1)

function repository(t: TestContext): GitRepository {
  const folder = mkdtempSync(join(tmpdir(), 'sb-history-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return new GitRepository(folder)
}

const read = (where: string, change: Partial<HistoryAsk> = {}) =>
  readHistory({
    where,
    tags: ['*'],
    withPaths: false,
    withPatches: undefined,
    environment: GIT_ENVIRONMENT,
    temporary: tmpdir(),
    ...change,
  })

async function observed(where: string, change: Partial<HistoryAsk> = {}) {
  const { graph, patchIds } = await read(where, change)
  const about = { repository: 'r', service: 's', environment: 'prod', patchIds, now: NOW }
  return [...observe(graph, about)]
}

const pushedIn = (all: readonly Observation[]) =>
  all.flatMap((each) => (each.type === 'commit.pushed' ? [each] : []))
const deployedIn = (all: readonly Observation[]) =>
  all.flatMap((each) => (each.type === 'deployment.finished' ? [each] : []))

/** As git itself says it: every commit that a tag or the branch reaches, with its parents. */
function oracle(folder: string): Map<string, string[]> {
  const text = execFileSync('git', ['-C', folder, 'rev-list', '--parents', '--tags', 'HEAD'])
  const lines = text.toString().trim().split('\n')
  return new Map(lines.map((line) => line.split(' ')).map(([sha = '', ...rest]) => [sha, rest]))
}

function told(all: readonly Observation[]): Map<string, readonly string[]> {
  const commits = pushedIn(all).flatMap((each) => each.commits)
  assert.equal(new Set(commits.map(({ sha }) => sha)).size, commits.length, 'each once')
  return new Map(commits.map(({ sha, parents = [] }) => [sha, parents]))
}

describe('a history', () => {
  it('is told as git tells it: merges, release branches, cherry-picks, reverts', async (t) => {
    const here = repository(t)
    const first = here.commit('feat: one', { a: '1\n' })
    here.git('tag', 'v1')
    here.git('checkout', '-q', '-b', 'side')
    const side = here.commit('feat: aside (#7)', { b: '1\n2\n3\n' })
    here.git('checkout', '-q', 'main')
    const bad = here.commit('feat: bad', { c: '1\n' })
    here.git(
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      'merge',
      '-q',
      '--no-ff',
      '-m',
      'merge',
      'side',
    )
    here.git('tag', '-m', 'two', 'v2')
    const fix = here.commit('fix: it (#8)', { d: 'x\ny\nz\n' })
    here.commit(`Revert "feat: bad"\n\nThis reverts commit ${bad}.\n`, { c: '' })
    here.git('checkout', '-q', '-b', 'release', 'v1')
    const picked = here.commit('fix: it (#9)', { d: 'x\ny\nz\n' })
    here.git('tag', 'v1.1')
    here.git('checkout', '-q', 'main')
    const all = await observed(here.work)
    assert.deepEqual(new Map([...told(all)].toSorted()), new Map([...oracle(here.work)].toSorted()))
    const merge = pushedIn(all).find(({ commits }) => commits.length > 1)
    assert.deepEqual(merge?.commits.map(({ sha }) => sha).slice(0, 1), [side])
    assert.equal(merge?.before, bad)
    const byTag = pushedIn(all).filter(({ ref }) => ref === 'refs/tags/v1.1')
    assert.deepEqual(
      byTag.map(({ after }) => after),
      [picked],
    )
    const commits = new Map(pushedIn(all).flatMap((each) => each.commits.map((c) => [c.sha, c])))
    // The same patch on both sides; the rest was not looked at.
    assert.equal(commits.get(picked)?.patchId, commits.get(fix)?.patchId)
    assert.ok(commits.get(fix)?.patchId !== undefined)
    assert.equal(commits.get(first)?.patchId, undefined)
    const reverts = [...commits.values()].filter(({ message = '' }) => /This reverts/.test(message))
    assert.match(reverts[0]?.message ?? '', new RegExp(`This reverts commit ${bad}`))
  })

  it('has a deployment a tag, at the tag’s own date or its commit’s', async (t) => {
    const here = repository(t)
    const one = here.commit('one', { a: '1' })
    here.git('tag', 'v1')
    const two = here.commit('two', { a: '2' })
    execFileSync('git', ['-C', here.work, 'tag', '-m', 'x', 'v2'], {
      env: {
        ...GIT_ENVIRONMENT,
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@b',
        GIT_COMMITTER_DATE: '1800000000 +0000',
      },
    })
    here.git('tag', 'nightly')
    here.git('tag', 'tree', `${two}^{tree}`)
    const deployments = deployedIn(await observed(here.work, { tags: ['v*', 'tree'] }))
    assert.deepEqual(
      deployments.map(({ version, sha, occurredAt }) => [version, sha, occurredAt]),
      [
        ['v1', one, 1_700_000_060_000],
        ['v2', two, 1_800_000_000_000],
      ],
    )
    assert.equal((await read(here.work, { tags: ['v*', 'tree'] })).tagsOther, 1)
    const without = deployedIn(await observed(here.work, { tags: ['*', '!v*'] }))
    assert.deepEqual(
      without.map(({ version }) => version),
      ['nightly'],
    )
  })

  it('is the same of a bare one, of an address, and of a clone without contents', async (t) => {
    const here = repository(t)
    here.commit('one', { a: '1' })
    here.git('tag', 'v1')
    here.git('push', '-q', here.bare, 'main', 'v1')
    const wanted = (await observed(here.work)).map(({ sourceEventId }) => sourceEventId)
    for (const where of [here.bare, `file://${here.bare}`]) {
      const all = await observed(where)
      assert.deepEqual(
        all.map(({ sourceEventId }) => sourceEventId),
        wanted,
      )
    }
    assert.equal((await read(`file://${here.bare}`)).repository, repositoryName(here.bare))
  })

  it('names the files of each commit when asked to', async (t) => {
    const here = repository(t)
    here.commit('one', { 'a/x y': '1', b: '1' })
    here.git('tag', 'v1')
    const [push] = pushedIn(await observed(here.work, { withPaths: true }))
    assert.deepEqual(push?.commits[0]?.paths, ['a/x y', 'b'])
  })

  it('of a shallow clone says so, and lacks what lies before', async (t) => {
    const here = repository(t)
    for (const text of ['1', '2', '3']) here.commit(`c${text}`, { a: text })
    here.git('tag', 'v1')
    here.git('push', '-q', here.bare, 'main', 'v1')
    const shallow = join(here.work, '..', 'shallow')
    execFileSync('git', ['clone', '-q', '--depth=1', `file://${here.bare}`, shallow])
    const history = await read(shallow)
    assert.equal(history.isShallow, true)
    assert.equal(history.graph.commits.size, 1)
  })

  it('may hold bytes that are no text, and dates that are none', async (t) => {
    const here = repository(t)
    here.commit(Buffer.from('caf\xe9 \x01', 'latin1'), { a: '1' })
    here.git('tag', 'v1')
    const [push] = pushedIn(await observed(here.work))
    assert.match(push?.commits[0]?.message ?? '', /^caf. \u0001$/)
  })

  const troubles: readonly [what: string, code: string, prepare: (at: GitRepository) => string][] =
    [
      ['no folder of git', 'git.no-repository', () => '/'],
      ['a folder that is not there', 'git.no-repository', () => '/nowhere/at/all'],
      ['no tag', 'git.no-tags', (at) => (at.commit('one', { a: '1' }), at.work)],
      ['an address that does not answer', 'git.unreachable', () => 'file:///nowhere.git'],
      ['an address with a secret', 'git.refused', () => 'https://a:b@example.org/x.git'],
      ['an address that is an option', 'git.refused', () => 'ssh://-oProxyCommand=x/y'],
    ]
  for (const [what, code, prepare] of troubles)
    it(`is refused of ${what}: ${code}`, async (t) => {
      await assert.rejects(read(prepare(repository(t))), { code })
    })

  it('says which tags there are when none matches', async (t) => {
    const here = repository(t)
    here.commit('one', { a: '1' })
    here.git('tag', 'release-1')
    await assert.rejects(read(here.work, { tags: ['v*'] }), { remedy: /release-1/ })
    await assert.rejects(read(here.work, { branch: 'nope' }), { code: 'git.no-branch' })
  })

  it('runs nothing that the repository names', async (t) => {
    const here = repository(t)
    here.commit('one', { a: '1' })
    here.git('tag', 'v1')
    const mark = join(here.work, '..', 'ran')
    for (const key of ['gpg.program', 'core.fsmonitor', 'core.pager', 'diff.external'])
      here.git('config', key, `touch ${mark}; true`)
    here.git('config', 'log.showSignature', 'true')
    await observed(here.work, { withPaths: true, withPatches: true })
    assert.throws(() => execFileSync('ls', [mark], { stdio: 'pipe' }))
  })
})
