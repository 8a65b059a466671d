import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { given } from '../../test/support/given.ts'
import type { RepositoryCommand } from './commands.ts'
import type { CommitFact, RepositoryEvent } from './events.ts'
import { COMMITS_PER_EVENT, repository } from './repository.ts'

const of = { at: 7, by: 'system', repository: '/r.git', branch: 'main' }
const note: RepositoryCommand = { type: 'repository.notePush', ...of }
const noted: RepositoryEvent = { type: 'repository.pushNoted', ...of }
const who = { name: 'Ana', email: 'ana@example.org' }
const commit = (sha: string): CommitFact => ({
  sha,
  parents: [],
  author: who,
  committer: who,
  coAuthors: [],
  authoredAt: 1,
  committedAt: 2,
  message: 'feat: it',
  paths: ['a'],
  pathsCut: false,
})
const commits = [commit('a'), commit('b')]
const manifests = [{ path: 'signalbox.yaml', text: 'kind: Service' }]
const record = (before: string, after: string, notes = 1, some: CommitFact[] = commits) =>
  ({
    type: 'repository.recordPush',
    ...of,
    before,
    after,
    notes,
    commits: some,
    manifests,
  }) as const
const pushed = (before: string, after: string, some = commits): RepositoryEvent => ({
  type: 'commit.pushed',
  ...of,
  before,
  after,
  commits: some,
  last: true,
  manifests,
})
const fail = (notes: number, again: boolean, reason = 'gone') =>
  ({ type: 'repository.recordFailure', ...of, notes, again, reason }) as const
const failed = (again: boolean, reason = 'gone'): RepositoryEvent => ({
  type: 'repository.pushFailed',
  ...of,
  reason,
  again,
})

test('a push is noted, each time somebody says so', () => {
  given(repository).when(note).then(noted)
  given(repository, noted).when(note).then(noted)
})

test('what git says is recorded, from the last place on', () => {
  given(repository, noted).when(record('', 'b')).then(pushed('', 'b'))
  given(repository, noted, pushed('', 'b'), noted).when(record('b', 'c')).then(pushed('b', 'c'))
})

test('who looked from an older place records nothing, nor who found nothing unasked', () => {
  given(repository, noted, pushed('', 'b'), noted).when(record('', 'b')).then()
  given(repository, noted, pushed('', 'b'))
    .when(record('b', 'b', 0, []))
    .then()
})

test('a push that is noted while git is asked is noted again', () => {
  given(repository, noted, noted)
    .when(record('', 'b', 1))
    .then(pushed('', 'b'), noted)
  given(repository, noted, noted).when(fail(1, false)).then(failed(false), noted)
})

test('a long push makes several events; the last moves the branch, with manifests', () => {
  const many = Array.from({ length: 1_200 }, (_, i) => commit(String(i)))
  const answer = repository.decide(record('', 'z', 1, many), replay(repository, [noted]))
  assert.ok(!isRejection(answer))
  const events = answer.flatMap((event) => (event.type === 'commit.pushed' ? [event] : []))
  assert.deepEqual(
    events.map((event) => [event.commits.length, event.last, event.manifests.length]),
    [
      [COMMITS_PER_EVENT, false, 0],
      [COMMITS_PER_EVENT, false, 0],
      [200, true, 1],
    ],
  )
  const half = replay(repository, [noted, ...answer.slice(0, 2)])
  assert.deepEqual(half.branches['main'], { head: '', notes: 1 })
})

test('a failure that another push must mend ends the looking', () => {
  given(repository).when(fail(0, false)).then()
  given(repository, noted).when(fail(1, false)).then(failed(false))
  assert.equal(replay(repository, [noted, failed(false)]).branches['main']?.notes, 0)
})

test('a failure that is tried again is told once a reason, and stays noted', () => {
  given(repository, noted, failed(true)).when(fail(1, true)).then()
  given(repository, noted, failed(true))
    .when(fail(1, true, 'full'))
    .then(failed(true, 'full'))
  assert.equal(replay(repository, [noted, failed(true)]).branches['main']?.notes, 1)
  given(repository, noted, failed(true)).when(record('', 'b')).then(pushed('', 'b'))
})

test('no push is lost, however notes and looks mix', () => {
  // true: a push is noted; false: somebody looks, having loaded the state some notes ago.
  const story = fc.array(fc.tuple(fc.boolean(), fc.nat(2)), { maxLength: 30 })
  fc.assert(
    fc.property(story, (moves) => {
      let state = repository.initial
      let unseen = 0
      for (const [isNote, late] of moves) {
        const branch = state.branches['main']
        const seen = Math.max(0, (branch?.notes ?? 0) - late)
        const command = isNote ? note : record(branch?.head ?? '', 'h', seen, [])
        const events = repository.decide(command, state)
        assert.ok(!isRejection(events))
        state = events.reduce((s, event) => repository.evolve(s, event), state)
        unseen = isNote ? unseen + 1 : late > 0 && unseen > 0 ? 1 : 0
        assert.equal((state.branches['main']?.notes ?? 0) > 0, unseen > 0)
      }
    }),
  )
})
