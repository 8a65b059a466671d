/** GitLab asked by REST, and what its hooks told of the same things. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { BackfillPlace, Observation } from '#insights/ports.ts'
import { backfillContract, realHost } from '../../../test/contracts/backfill.contract.ts'
import { fakeGitlab } from '../../../test/support/fake-gitlab.ts'
import { readingOf } from '../shared/hearing.ts'
import { gitlabBackfill } from './backfill.ts'
import { hearGitlab } from './webhook.ts'

const NOW = Date.UTC(2026, 0, 1)
const SHA = 'a'.repeat(40)
const PROJECT = {
  path_with_namespace: 'acme/shop',
  web_url: 'https://gitlab.com/acme/shop',
  default_branch: 'main',
}
const PIPELINE = {
  id: 31,
  ref: 'main',
  sha: SHA,
  source: 'push',
  status: 'success',
  created_at: '2025-08-12T15:23:28Z',
  finished_at: '2025-08-12T15:26:29Z',
}
const note = (id: number, body: string, by: string, hour: number, system = true) => ({
  ...{ id, body, system, author: { username: by } },
  created_at: `2025-08-12T${hour}:00:00Z`,
})
function jobOf(id: number, at: string) {
  const [created_at, started_at] = [`2025-08-12T${at}:00Z`, `2025-08-12T${at}:10Z`]
  const times = { created_at, started_at, finished_at: `2025-08-12T${at}:50Z` }
  return { id, name: 'test', status: id === 91 ? 'failed' : 'success', ref: 'main', ...times }
}

const HOLDS = {
  token: 't0ken',
  repository: 'acme/shop',
  things: { '': PROJECT, '/pipelines/31': PIPELINE },
  lists: {
    '/merge_requests': [
      {
        iid: 1,
        state: 'merged',
        created_at: '2025-08-12T10:00:00Z',
        merged_at: '2025-08-12T12:00:00Z',
        merge_commit_sha: SHA,
        sha: SHA,
      },
    ],
    '/merge_requests/1/notes': [
      note(1, 'approved this merge request', 'ben', 10),
      note(2, 'added 1 commit\n\n<ul><li>…</li></ul>', 'ana', 10),
      note(3, 'approved this merge request', 'cy', 11),
      note(4, 'unapproved this merge request', 'ben', 11),
      note(5, 'approved this merge request', 'mallory', 11, false),
      note(6, 'changed the description', 'ana', 11),
    ],
    '/pipelines': [{ id: 31, status: 'success' }],
    '/pipelines/31/jobs': [jobOf(92, '16:20'), jobOf(91, '15:23')],
    '/deployments': [
      {
        id: 15,
        sha: SHA,
        status: 'success',
        updated_at: '2025-08-12T16:00:00Z',
        environment: { name: 'eu', tier: 'production' },
      },
    ],
    '/releases': [{ tag_name: 'v1', released_at: '2025-08-12T16:00:00Z', commit: { id: SHA } }],
    '/issues': [
      { iid: 9, issue_type: 'incident', title: 'Down', created_at: '2025-08-12T17:00:00Z' },
    ],
  },
}

const make = (about: { url: string; repository: string; token: string | undefined }) =>
  gitlabBackfill({
    ...{ connection: 'gitlab', url: about.url, repositories: [about.repository] },
    reading: readingOf(),
    token: () => about.token,
  })

async function host(t: TestContext) {
  const gitlab = await fakeGitlab(HOLDS)
  t.after(() => gitlab.close())
  const source = ({ token = 't0ken', repository = 'acme/shop' } = {}) =>
    make({ url: gitlab.url, repository, token })
  return { source, repository: 'acme/shop', now: NOW, since: 0 }
}

describe('the fake GitLab', () => backfillContract(host))
const real = realHost('GITLAB', make, 'https://gitlab.com')
if (real !== undefined) describe('the real GitLab', () => backfillContract(real))

async function filled(t: TestContext): Promise<readonly Observation[]> {
  const source = (await host(t)).source()
  const all: Observation[] = []
  let at: BackfillPlace | undefined
  for (let pages = 0; pages < 10; pages++) {
    const page = await source.page({ repository: 'acme/shop', since: 0, at, now: NOW })
    all.push(...page.observations)
    if (page.next === undefined) return all
    at = page.next
  }
  throw new Error('it does not end')
}

const hear = hearGitlab(readingOf())
const said = (object_kind: string, body: object) =>
  hear({ headers: {}, receivedAt: NOW, payload: { object_kind, project: PROJECT, ...body } })

describe('a back-fill from GitLab', () => {
  it('tells what its lists hold', async (t) => {
    assert.deepEqual(
      (await filled(t)).map(({ type }) => type),
      [
        'change.opened',
        'change.merged',
        'change.reviewed',
        'change.reviewed',
        'change.reviewed',
        'change.reviewed',
        'run.finished',
        'task.finished',
        'task.finished',
        'deployment.finished',
        'release.published',
        'incident.opened',
      ],
    )
  })

  it('knows who approved what, by what GitLab itself wrote down', async (t) => {
    const told = await filled(t)
    assert.deepEqual(
      told.flatMap((one) =>
        one.type === 'change.reviewed' ? [[one.by, one.verdict, one.sha]] : [],
      ),
      [
        // Something was pushed afterwards: of which commit it was, nobody says any more.
        ['ben', 'approved', undefined],
        ['cy', 'approved', SHA],
        ['ben', 'dismissed', undefined],
        // Whoever writes the sentence themselves has written a comment.
        ['mallory', 'commented', SHA],
      ],
    )
  })

  it('tells the jobs of a pipeline, and those of them that were retried', async (t) => {
    const told = await filled(t)
    assert.deepEqual(
      told.flatMap((one) =>
        one.type === 'task.finished' ? [[one.attempt, one.outcome, one.run]] : [],
      ),
      [
        [1, 'failed', '31'],
        [2, 'succeeded', '31'],
      ],
    )
    const [run] = told.filter((one) => one.type === 'run.finished')
    assert.equal(run?.attempt, 2)
  })

  it('gives each thing the name that its hook gives it', async (t) => {
    const names = new Set((await filled(t)).map(({ sourceEventId }) => sourceEventId))
    const hooks = [
      said('pipeline', {
        object_attributes: PIPELINE,
        builds: [{ created_at: '2025-08-12T16:20:00Z' }],
      }),
      said('merge_request', {
        user: { username: 'cy' },
        object_attributes: { iid: 1, action: 'approved', last_commit: { id: SHA } },
      }),
      said('deployment', { status: 'success', deployment_id: 15, environment: 'eu' }),
      said('tag_push', { ref: 'refs/tags/v1', after: SHA }),
      said('issue', { object_attributes: { iid: 9, type: 'Incident' } }),
      said('merge_request', {
        object_attributes: { iid: 1, state: 'merged', merge_commit_sha: SHA },
      }),
    ]
    for (const { observations } of hooks)
      for (const { sourceEventId } of observations)
        assert.ok(names.has(sourceEventId), sourceEventId)
  })
})
