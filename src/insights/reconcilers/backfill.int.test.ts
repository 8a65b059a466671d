/** A back-fill from a GitHub of ours, beside the hooks that told some of it already. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { backfillOf } from '#connectors/backfills.ts'
import { hookSource } from '#connectors/hook-sources.ts'
import { after, START } from '#engine/store.ts'
import { fakeGithub } from '../../../test/support/fake-github.ts'
import { insightPlace } from '../../../test/support/insight-place.ts'
import { backfills } from '../backfill/backfill.ts'
import { backfillRoutes } from '../routes/backfill.ts'
import { backfillLoop } from './backfill.ts'

const SHA = 'a'.repeat(40)
const NOW = Date.now()
const ago = (days: number) => new Date(NOW - days * 86_400_000).toISOString()
const REPOSITORY = {
  full_name: 'acme/shop',
  html_url: 'https://github.com/acme/shop',
  default_branch: 'main',
}
const pull = (number: number, days: number) => ({
  number,
  created_at: ago(days + 1),
  updated_at: ago(days),
  closed_at: ago(days),
  merged_at: ago(days),
  merge_commit_sha: SHA,
})
const run = (id: number, attempt: number, conclusion: string) => ({
  id,
  run_attempt: attempt,
  status: 'completed',
  conclusion,
  head_branch: 'main',
  head_sha: SHA,
  created_at: ago(3),
  run_started_at: ago(3),
  updated_at: ago(2),
})
const DEPLOYMENT = { id: 5, sha: SHA, environment: 'production', created_at: ago(2) }
const STATUS = { id: 6, state: 'success', created_at: ago(2) }
const ISSUE = { number: 9, labels: [{ name: 'incident' }], created_at: ago(1), title: 'Down' }

async function world(t: TestContext, repository = 'acme/shop') {
  const github = await fakeGithub({
    token: 't0ken',
    repository: 'acme/shop',
    things: { '': REPOSITORY, '/actions/runs/1/attempts/1': run(1, 1, 'failure') },
    lists: {
      // 60 within the year and one that is older than asked for.
      '/pulls': [...Array.from({ length: 60 }, (_, i) => pull(100 - i, 1 + i / 10)), pull(1, 900)],
      '/actions/runs': [run(1, 2, 'success')],
      '/deployments': [DEPLOYMENT],
      '/deployments/5/statuses': [STATUS],
      '/releases': [{ tag_name: 'v1', target_commitish: SHA, published_at: ago(2) }],
      '/issues': [ISSUE, { number: 100, pull_request: {}, created_at: ago(1) }],
    },
  })
  t.after(() => github.close())
  const settings = { name: 'github', kind: 'github' as const, secrets: () => ['s3cret'] }
  const sources = backfillOf({
    ...settings,
    backfill: { url: github.url, repositories: [repository] },
    token: () => 't0ken',
  })
  const place = await insightPlace(t, [hookSource(settings)], [backfillRoutes(sources)])
  const { engine, url } = place
  const loop = backfillLoop({ engine, sources, now: () => Date.now() })
  const id = `github:${repository}`
  const ask = () =>
    fetch(`${url}/api/v1/connections/github/backfill`, {
      method: 'POST',
      body: '{"days": 365}',
      headers: { 'content-type': 'application/json' },
    })
  const state = async () => (await engine.load(backfills, id)).state
  const turn = () => loop.reconcile(id, { fence: 1, signal: new AbortController().signal })
  const finish = async () => {
    for (let turns = 0; (await state()).status === 'running'; turns++) {
      assert.ok(turns < 20, 'it does not end')
      await turn()
    }
    return state()
  }
  const deliver = async (event: string, body: object) => {
    const text = JSON.stringify({ repository: REPOSITORY, ...body })
    const mac = createHmac('sha256', 's3cret').update(text).digest('hex')
    const headers = { 'x-github-event': event, 'x-hub-signature-256': `sha256=${mac}` }
    assert.equal(
      (await fetch(`${url}/hooks/github`, { method: 'POST', body: text, headers })).status,
      202,
    )
  }
  const observed = async () => {
    const all = await after(engine.database, START, 2_000)
    return all.filter(({ stream }) => stream.startsWith('observation-')).length
  }
  return { ...place, github, ask, state, turn, finish, deliver, observed }
}

describe('a back-fill', () => {
  it('reads every page and every attempt, and what is older than asked for is left', async (t) => {
    const { github, ask, finish, observed, get } = await world(t)
    assert.equal((await ask()).status, 202)
    const state = await finish()
    assert.equal(state.status, 'done')
    // 60 pulls opened and merged; two attempts; begun and ended; a version; an incident.
    assert.equal(await observed(), 120 + 2 + 2 + 1 + 1)
    assert.equal(github.asked.filter((path) => path.includes('/pulls?')).length, 2)
    const [told] = (await get('/connections/github/backfill')) as { status: string }[]
    assert.equal(told?.status, 'done')
  })

  it('finds what hooks told already, and makes nothing twice', async (t) => {
    const { ask, finish, deliver, observed } = await world(t)
    await deliver('pull_request', { pull_request: pull(100, 1) })
    await deliver('workflow_run', { workflow_run: run(1, 1, 'failure') })
    await deliver('workflow_run', { workflow_run: run(1, 2, 'success') })
    await deliver('deployment_status', { deployment: DEPLOYMENT, deployment_status: STATUS })
    await deliver('issues', { action: 'opened', issue: ISSUE })
    assert.equal(await observed(), 2 + 2 + 1 + 1)
    await ask()
    await finish()
    assert.equal(await observed(), 126)
    await ask()
    await finish()
    assert.equal(await observed(), 126)
  })

  it('waits as long as it is asked to, and goes on where it was', async (t) => {
    const { github, ask, turn, state, finish } = await world(t)
    await ask()
    await turn()
    const place = (await state()).place
    assert.deepEqual(place, { resource: 'pulls', page: 2 })
    const reset = Math.ceil(Date.now() / 1000) + 600
    github.refuse(1, 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) })
    assert.deepEqual(await turn(), { at: 1000 * reset })
    assert.deepEqual((await state()).place, place)
    github.refuse(1, 502)
    await assert.rejects(async () => turn(), { code: 'backfill.unreachable', retry: true })
    assert.equal((await finish()).status, 'done')
  })

  it('of a repository that is gone, or is not shown, ends with the reason', async (t) => {
    const gone = await world(t, 'acme/gone')
    await gone.ask()
    const state = await gone.finish()
    assert.equal(state.status, 'failed')
    assert.match(state.reason, /no such repository/)
    const { github, ask, finish } = await world(t)
    github.refuse(1, 401)
    await ask()
    assert.match((await finish()).reason, /token/)
  })

  it('is asked for once at a time, of a connection that there is', async (t) => {
    const { ask, url } = await world(t)
    assert.equal((await ask()).status, 202)
    assert.equal((await ask()).status, 409)
    const nobody = await fetch(`${url}/api/v1/connections/githup/backfill`)
    assert.equal(nobody.status, 404)
  })
})
