import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pullRequestsOf, type ToldOfChange } from './pull-requests.ts'

const of = { repository: '/r', change: '7' }
const review = (
  occurredAt: number,
  by: string,
  verdict: 'approved' | 'changesRequested' | 'commented' | 'dismissed',
  sha?: string,
): ToldOfChange => ({ ...of, type: 'change.reviewed', occurredAt, by, verdict, sha })

it('a pull request is put together of what was told of it, in whatever order', () => {
  const told: ToldOfChange[] = [
    { ...of, type: 'change.merged', occurredAt: 9, mergeSha: 'm' },
    review(5, 'bob', 'approved', 'g'),
    { ...of, type: 'change.opened', occurredAt: 1, author: 'alice' },
    review(3, 'cy', 'approved', 'f'),
    review(6, 'bob', 'commented'),
  ]
  const [pull, ...others] = pullRequestsOf(told)
  assert.deepEqual(others, [])
  assert.deepEqual(pullRequestsOf(told.toReversed()), [pull])
  assert.deepEqual(
    [pull?.name, pull?.author, pull?.mergeSha, pull?.headSha],
    ['#7', 'alice', 'm', 'g'],
  )
  assert.deepEqual(
    pull?.approvals.map(({ by, sha }) => [by, sha]),
    [
      ['cy', 'f'],
      ['bob', 'g'],
    ],
  )
})
it('who asks for changes takes a yes back, until they say yes again', () => {
  const asked = [review(1, 'bob', 'approved', 'f'), review(2, 'bob', 'changesRequested', 'f')]
  assert.deepEqual(pullRequestsOf(asked)[0]?.approvals, [])
  const [pull] = pullRequestsOf([...asked, review(3, 'bob', 'approved', 'g')])
  assert.deepEqual(
    pull?.approvals.map(({ at }) => at),
    [3],
  )
})
it('a yes that was dismissed is none, though its dismissal bears its instant', () => {
  const told = [review(1, 'bob', 'dismissed', 'f'), review(1, 'bob', 'approved', 'f')]
  assert.deepEqual(pullRequestsOf(told)[0]?.approvals, [])
  assert.deepEqual(pullRequestsOf(told.toReversed())[0]?.approvals, [])
})
it('what was pushed after the last look is what a squash ends with, where it is told', () => {
  const merged = { ...of, type: 'change.merged', occurredAt: 9, mergeSha: 'm' } as const
  const seen = review(5, 'bob', 'approved', 'f')
  assert.equal(pullRequestsOf([seen, merged])[0]?.headSha, 'f')
  assert.equal(pullRequestsOf([seen, { ...merged, headSha: 'g' }])[0]?.headSha, 'g')
})
