import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GitRepository } from '../../../test/support/git-repository.ts'
import type { Observation } from '../observations/observation.ts'
import { attribute } from './attribution.ts'
import { factsOf } from './facts/facts-of.ts'
import { Anomalies, toldBy } from './facts/told.ts'
import { graphOf } from './facts/graph.ts'

const SEPARATOR = '\u001f'

/** What a webhook and git together would tell of the whole repository. */
function observe(repository: GitRepository, heads: readonly string[]): readonly Observation[] {
  const format = ['%H', '%P', '%at', '%ct', '%B'].join('%x1f')
  const log = repository.git(
    'log',
    '--all',
    '--reverse',
    '--topo-order',
    '-z',
    `--format=${format}`,
  )
  const commits = log
    .split('\0')
    .filter((one) => one !== '')
    .map((one) => {
      const [sha = '', parents = '', authored, committed, message = ''] = one.split(SEPARATOR)
      return {
        sha: sha.trim(),
        parents: parents.split(' ').filter((each) => each !== ''),
        authoredAt: Number(authored) * 1000,
        committedAt: Number(committed) * 1000,
        message,
        paths: repository
          .git('show', '--format=', '--name-only', sha.trim())
          .split('\n')
          .filter((path) => path !== ''),
      }
    })
  const at = (sha: string) => commits.find((one) => one.sha === sha)?.committedAt ?? 0
  const envelope = { source: 'git', recordedAt: 0 }
  const pushed = {
    repository: 'r',
    ref: 'refs/heads/main',
    after: repository.git('rev-parse', 'main'),
  }
  return [
    { type: 'commit.pushed', ...pushed, commits, ...envelope, sourceEventId: 'p', occurredAt: 1 },
    ...heads.map((sha, i): Observation => ({
      ...{ type: 'deployment.finished', deployment: `d${i}`, service: 'shop', sha },
      ...{ environment: 'prod', outcome: 'succeeded', ...envelope, sourceEventId: `d${i}` },
      occurredAt: at(sha) + 1_000 * (i + 1),
    })),
  ]
}

/** Squashes, rebases, merges, cherry-picks, reverts, over two services in one repository. */
function history(repository: GitRepository): readonly string[] {
  const heads: string[] = []
  const commit = (name: string, message = name) =>
    repository.commit(message, { [`${name.startsWith('t') ? 'till' : 'shop'}/${name}`]: name })
  const release = () => heads.push(repository.head())
  commit('a')
  commit('t1')
  release()
  repository.git('checkout', '--quiet', '-b', 'one')
  commit('b')
  commit('c')
  repository.git('checkout', '--quiet', 'main')
  const fix = commit('fix')
  repository.git('merge', '--quiet', '--no-ff', '-m', 'Merge branch one', 'one')
  commit('t2')
  release()
  repository.git('checkout', '--quiet', '-b', 'squashed', 'main')
  commit('e')
  commit('f')
  repository.git('checkout', '--quiet', 'main')
  repository.git('merge', '--quiet', '--squash', 'squashed')
  commit('squash')
  repository.git('checkout', '--quiet', '-b', 'release/1', heads[0] ?? '')
  repository.git('cherry-pick', '-x', fix)
  release()
  repository.git('checkout', '--quiet', '-b', 'rebased', heads[1] ?? '')
  commit('g')
  repository.git('rebase', '--quiet', 'main')
  repository.git('checkout', '--quiet', 'main')
  repository.git('merge', '--quiet', '--ff-only', 'rebased')
  release()
  repository.git('revert', '--no-edit', fix)
  release()
  return heads
}

test('a generated history is attributed as git itself would', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-git-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const repository = new GitRepository(folder)
  const heads = history(repository)
  const observations = observe(repository, heads)
  const graph = graphOf(toldBy(observations, Number.POSITIVE_INFINITY), new Anomalies())
  const found = heads.map((): string[] => [])
  attribute(
    graph.parents,
    heads.map((sha) => graph.places.get(sha) ?? -1),
    { stamps: new Int32Array(graph.parents.length), number: 1 },
    (commit, head) => found[head]?.push(graph.commits[commit]?.sha ?? ''),
  )
  for (const [i, sha] of heads.entries()) {
    const list = repository.git('rev-list', sha, '--not', ...heads.slice(0, i))
    const wanted = list.split('\n').filter((one) => one !== '')
    assert.deepEqual(found[i]?.toSorted(), wanted.toSorted(), `deployment ${i}`)
  }
})

test('a pick is what it copies, a revert is a failure, a monorepo has two services', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-git-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const repository = new GitRepository(folder)
  const observations = observe(repository, history(repository))
  const scoped = { source: 'x', sourceEventId: 's', occurredAt: 1, recordedAt: 0 }
  const facts = factsOf(
    [
      ...observations,
      { type: 'service.registered', service: 'shop', paths: ['shop/**'], ...scoped },
    ],
    Number.POSITIVE_INFINITY,
  )
  const subject = (sha: string) => repository.git('show', '--no-patch', '--format=%s', sha)
  const changes = facts.changes.filter(({ isRepeat }) => !isRepeat)
  assert.deepEqual(
    changes.map(({ sha, deployment }) => `${deployment} ${subject(sha)}`).toSorted(),
    ['d1 b', 'd1 c', 'd1 fix', 'd3 g', 'd3 squash'],
  )
  const [failure] = facts.failures
  assert.deepEqual([failure?.deployment.id, failure?.endedBy], ['d1', 'd4'])
})
