/** GitHub asked by REST, and what its hooks told of the same things. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { backfillContract, realHost } from '../../../test/contracts/backfill.contract.ts'
import { fakeGithub } from '../../../test/support/fake-github.ts'
import { readingOf } from '../shared/hearing.ts'
import { githubBackfill } from './backfill.ts'
import { hearGithub } from './webhook.ts'

const NOW = Date.UTC(2026, 0, 1)
const SHA = 'a'.repeat(40)
const AT = '2025-08-12T12:00:00Z'
const REPOSITORY = { full_name: 'acme/shop', html_url: 'https://github.com/acme/shop' }
const PULL = {
  ...{ number: 7, created_at: AT, updated_at: AT, closed_at: AT, merged_at: AT },
  ...{ merge_commit_sha: SHA, head: { sha: SHA }, user: { login: 'ana' } },
}
const review = (id: number, state: string) => {
  return { id, state, commit_id: SHA, submitted_at: AT, user: { login: 'ben' } }
}
const run = (attempt: number, conclusion: string) => ({
  ...{ id: 1, run_attempt: attempt, status: 'completed', conclusion, head_sha: SHA },
  ...{ created_at: AT, run_started_at: AT, updated_at: AT, head_branch: 'main' },
})
const job = (id: number, attempt: number, conclusion: string) => ({
  ...{ id, run_id: 1, run_attempt: attempt, name: 'test', status: 'completed', conclusion },
  ...{ head_sha: SHA, created_at: AT, started_at: AT, completed_at: AT },
})
const HOLDS = {
  token: 't0ken',
  repository: 'acme/shop',
  things: { '': REPOSITORY, '/actions/runs/1/attempts/1': run(1, 'failure') },
  lists: {
    '/pulls': [PULL],
    '/pulls/7/reviews': [review(1, 'APPROVED'), review(2, 'DISMISSED'), review(3, 'PENDING')],
    '/actions/runs': [run(2, 'success')],
    '/actions/runs/1/attempts/1/jobs': [job(11, 1, 'failure')],
    '/actions/runs/1/attempts/2/jobs': [job(12, 2, 'success')],
    '/deployments': [],
    '/releases': [],
    '/issues': [],
  },
}
const make = (about: { url: string; repository: string; token: string | undefined }) =>
  githubBackfill({
    ...{ connection: 'github', url: about.url, repositories: [about.repository] },
    reading: readingOf(),
    token: () => about.token,
  })

async function host(t: TestContext) {
  const github = await fakeGithub(HOLDS)
  t.after(() => github.close())
  const source = ({ token = 't0ken', repository = 'acme/shop' } = {}) =>
    make({ url: github.url, repository, token })
  return { github, source, repository: 'acme/shop', now: NOW, since: 0 }
}

describe('the fake GitHub', () => backfillContract(host))
const real = realHost('GITHUB', make, 'https://api.github.com')
if (real !== undefined) describe('the real GitHub', () => backfillContract(real))

describe('a back-fill from GitHub', () => {
  const ask = { repository: 'acme/shop', since: 0, now: NOW }
  const pulls = { resource: 'pulls', page: 1 }
  const runs = { resource: 'runs', page: 1 }

  it('reads reviews, and names them as their hooks do', async (t) => {
    const { source } = await host(t)
    const { observations, notes } = await source().page({ ...ask, at: pulls })
    const reviews = observations.filter((one) => one.type === 'change.reviewed')
    assert.deepEqual(
      reviews.map(({ verdict, by, sha }) => [verdict, by, sha]),
      [
        ['approved', 'ben', SHA],
        ['dismissed', 'ben', SHA],
      ],
    )
    assert.deepEqual(notes, ['pull_request_review: without a verdict'])
    const payload = { action: 'submitted', repository: REPOSITORY, pull_request: PULL }
    const heard = hearGithub(readingOf())({
      headers: { 'x-github-event': 'pull_request_review' },
      payload: { ...payload, review: review(1, 'approved') },
      receivedAt: NOW,
    })
    assert.deepEqual(heard.observations, reviews.slice(0, 1))
  })

  it('reads the jobs of every attempt', async (t) => {
    const { source } = await host(t)
    const { observations } = await source().page({ ...ask, at: runs })
    assert.deepEqual(
      observations.flatMap((one) =>
        one.type === 'task.finished' ? [[one.attempt, one.outcome]] : [],
      ),
      [
        [2, 'succeeded'],
        [1, 'failed'],
      ],
    )
  })

  it('asks for nothing twice that has not changed', async (t) => {
    const { source, github } = await host(t)
    const one = source()
    const first = await one.page({ ...ask, at: runs })
    const asked = github.asked.length
    assert.equal(github.unchanged, 0)
    const again = await one.page({ ...ask, at: runs })
    assert.equal(github.unchanged, asked)
    assert.deepEqual(again, first)
  })

  it('waits as it is asked to, in whatever way, and for no longer than a morning', async (t) => {
    const { source, github } = await host(t)
    const one = source()
    const waited = async (status: number, headers: Record<string, string>, message?: string) => {
      github.refuse(1, status, headers, message)
      const { waitUntil = 0, next } = await one.page({ ...ask, at: pulls })
      assert.deepEqual(next, pulls)
      return waitUntil - NOW
    }
    assert.equal(await waited(429, { 'retry-after': '90' }), 90_000)
    const date = new Date(NOW + 120_000).toUTCString()
    assert.equal(await waited(429, { 'retry-after': date }), 120_000)
    const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 30) }
    assert.equal(await waited(403, reset), 30_000)
    assert.equal(await waited(403, {}, 'You have exceeded a secondary rate limit.'), 60_000)
    assert.equal(await waited(429, { 'retry-after': '99999999' }), 6 * 3_600_000)
    assert.equal(await waited(429, { 'retry-after': 'soon' }), 60_000)
  })
})
