import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aRule, MINUTE } from '../../test/support/rollout-fixtures.ts'
import { peopleBehind, tally } from './approvals.ts'

describe('approvals', () => {
  const yes = (approver: string, at: number, planHash = 'hash') => ({
    approver,
    at,
    planHash,
    teams: approver === 'ben' ? ['team-web'] : [],
    note: '',
  })
  const of = { planHash: 'hash', requester: 'rob', now: 10 }
  it('count one a person, and owners among them', () => {
    const count = tally(aRule, [yes('cy', 1), yes('cy', 2), yes('dee', 3)], of)
    assert.deepEqual([count.counted.length, count.missing, count.ownersMissing], [2, 0, 1])
  })
  it('of authors, the requester and for other plans do not count', () => {
    const count = tally(aRule, [yes('ana', 1), yes('rob', 1), yes('ben', 1, 'other')], of)
    assert.deepEqual([count.counted.length, count.missing], [0, 2])
  })
  it('end at their instant', () => {
    const now = aRule.expiresMs + 5
    const count = tally(aRule, [yes('ben', 5), yes('cy', 6)], { ...of, now })
    assert.deepEqual(
      [count.counted.map((a) => a.approver), count.expired.map((a) => a.approver)],
      [['cy'], ['ben']],
    )
  })
  it('may not come from anybody with a hand in the commits', () => {
    const who = (email: string) => ({ name: '', email })
    const commit = (sha: string, author: string, committer: string, coAuthors: string[] = []) => ({
      sha,
      author: who(author),
      committer: who(committer),
      coAuthors: coAuthors.map(who),
      committedAt: MINUTE,
      subject: '',
      kind: 'fix',
      breaking: false,
      tickets: [],
    })
    const actors = [
      { id: 'ana', emails: ['ana@x', 'ana@home'] },
      { id: 'ben', emails: ['ben@x'] },
      { id: 'cy', emails: ['cy@x'] },
      { id: 'dee', emails: ['dee@x'] },
    ]
    const accounts = [
      { id: 'ana', emails: ['ana@home', 'ana@x'] },
      { id: 'zed', emails: ['ana@x'] },
    ]
    assert.deepEqual(peopleBehind([commit('3333333ccc', 'ana@home', 'bot@x')], accounts), [
      { actor: 'ana', why: 'wrote 3333333' },
      { actor: 'zed', why: 'wrote 3333333' },
    ])
    assert.deepEqual(
      peopleBehind(
        [
          commit('1111111aaa', 'ana@home', 'bot@x'),
          commit('2222222bbb', 'ana@x', 'cy@x', ['ben@x']),
        ],
        actors,
      ),
      [
        { actor: 'ana', why: 'wrote 1111111' },
        { actor: 'ben', why: 'co-wrote 2222222' },
        { actor: 'cy', why: 'committed 2222222' },
      ],
    )
  })
})
