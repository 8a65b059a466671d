/** GitLab asked by REST, and what its hooks told of the same things. */
import assert from 'node:assert/strict'
import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import type { BackfillPlace, Observation } from '#insights/ports.ts'
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
const ANSWERS: Readonly<Record<string, unknown>> = {
  '': PROJECT,
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
  '/pipelines': [{ id: 31, status: 'success' }],
  '/pipelines/31': PIPELINE,
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
}

async function filled(t: TestContext): Promise<readonly Observation[]> {
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = url.pathname.replace('/api/v4/projects/acme%2Fshop', '')
    const isKnown = request.headers['private-token'] === 't0ken' && path in ANSWERS
    response.writeHead(isKnown ? 200 : 404).end(JSON.stringify(ANSWERS[path] ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const source = gitlabBackfill({
    connection: 'gitlab',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repositories: ['acme/shop'],
    reading: readingOf(),
    token: () => 't0ken',
  })
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
        'run.finished',
        'deployment.finished',
        'release.published',
        'incident.opened',
      ],
    )
  })

  it('gives each thing the name that its hook gives it', async (t) => {
    const names = new Set((await filled(t)).map(({ sourceEventId }) => sourceEventId))
    const hooks = [
      said('pipeline', { object_attributes: PIPELINE }),
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
