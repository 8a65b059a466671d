import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Observation } from '#insights/ports.ts'
import { readingOf } from '../shared/hearing.ts'
import { gitlabEvent, hearGitlab } from './webhook.ts'

const NOW = Date.UTC(2026, 0, 1)
const SHA = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)
const hear = hearGitlab(readingOf({ services: { 'acme/shop': 'checkout' } }))
const project = {
  path_with_namespace: 'acme/shop',
  web_url: 'https://gitlab.com/acme/shop',
  default_branch: 'main',
}
const said = (object_kind: string, body: object) =>
  hear({
    headers: {},
    receivedAt: NOW,
    payload: { object_kind, project, user: { username: 'ada' }, ...body },
  })
const types = (observations: readonly Observation[]) => observations.map(({ type }) => type)

const PIPELINE = {
  id: 31,
  ref: 'main',
  tag: false,
  sha: SHA,
  source: 'push',
  status: 'failed',
  created_at: '2025-08-12 15:23:28 UTC',
  finished_at: '2025-08-12 15:26:29 UTC',
  queued_duration: 10,
}
const MERGE_REQUEST = {
  iid: 1,
  state: 'merged',
  action: 'merge',
  draft: false,
  created_at: '2025-08-12T10:00:00Z',
  updated_at: '2025-08-12 12:00:00 UTC',
  merge_commit_sha: OTHER,
  last_commit: { id: SHA },
}
const DEPLOYMENT = {
  status: 'success',
  status_changed_at: '2025-04-28 21:50:00 +0200',
  deployment_id: 15,
  environment: 'eu/main',
  environment_tier: 'production',
  commit_url: `https://gitlab.com/acme/shop/-/commit/${SHA}`,
}
const ISSUE = {
  iid: 9,
  title: 'Down',
  type: 'Incident',
  severity: 'high',
  created_at: '2025-08-12 10:00:00 UTC',
  closed_at: '2025-08-12 11:00:00 UTC',
}

describe('a delivery of GitLab', () => {
  it('of a push tells its commits; when it came is its time', () => {
    const { observations, notes } = said('push', {
      ref: 'refs/heads/main',
      before: OTHER,
      after: SHA,
      commits: [
        { id: SHA, message: 'fix: it', timestamp: '2025-08-12T10:00:00+02:00', added: ['x'] },
      ],
    })
    const [pushed] = observations
    assert.ok(pushed?.type === 'commit.pushed')
    assert.equal(pushed.before, OTHER)
    assert.deepEqual(pushed.commits, [
      { sha: SHA, committedAt: Date.UTC(2025, 7, 12, 8), message: 'fix: it', paths: ['x'] },
    ])
    assert.equal(pushed.occurredAt, NOW)
    assert.match(notes[0] ?? '', /without a time/)
  })

  it('of a tag is a version of the commit beneath it, as its release is', () => {
    const tagged = said('tag_push', { ref: 'refs/tags/v1', after: OTHER, checkout_sha: SHA })
    const [tag] = tagged.observations
    assert.ok(tag?.type === 'release.published' && tag.sha === SHA && tag.version === 'v1')
    const released = said('release', {
      action: 'create',
      tag: 'v1',
      released_at: '2025-08-12 10:00:00 UTC',
      commit: { id: SHA },
    })
    assert.equal(released.observations[0]?.sourceEventId, tag.sourceEventId)
    const deleted = said('tag_push', { ref: 'refs/tags/v1', after: '0'.repeat(40) })
    assert.deepEqual(deleted.observations, [])
  })

  it('of a merge request tells how it stands, squashed or fast-forwarded too', () => {
    const merged = said('merge_request', { object_attributes: MERGE_REQUEST }).observations
    assert.deepEqual(types(merged), ['change.opened', 'change.merged'])
    const [, last] = merged
    assert.ok(last?.type === 'change.merged' && last.mergeSha === OTHER && last.by === 'ada')
    assert.equal(last.occurredAt, Date.UTC(2025, 7, 12, 12))
    const squashed = { ...MERGE_REQUEST, merge_commit_sha: null, squash_commit_sha: OTHER }
    const [, squash] = said('merge_request', { object_attributes: squashed }).observations
    assert.ok(squash?.type === 'change.merged' && squash.method === 'squash')
    const forwarded = { ...MERGE_REQUEST, merge_commit_sha: null }
    const [, forward] = said('merge_request', { object_attributes: forwarded }).observations
    assert.ok(forward?.type === 'change.merged' && forward.mergeSha === SHA)
  })

  it('of an approval or a comment is a review', () => {
    const opened = { ...MERGE_REQUEST, state: 'opened', action: 'approved' }
    const [, approved] = said('merge_request', { object_attributes: opened }).observations
    assert.ok(approved?.type === 'change.reviewed' && approved.verdict === 'approved')
    assert.equal(approved.by, 'ada')
    const note = { id: 4, noteable_type: 'MergeRequest', created_at: '2025-08-12 11:00:00 UTC' }
    const noted = said('note', { object_attributes: note, merge_request: opened })
    const [comment] = noted.observations
    assert.ok(comment?.type === 'change.reviewed' && comment.verdict === 'commented')
    const system = { ...note, system: true }
    assert.deepEqual(
      said('note', { object_attributes: system, merge_request: opened }).observations,
      [],
    )
  })

  it('of a pipeline tells a retry from the first attempt by its jobs', () => {
    const [first] = said('pipeline', { object_attributes: PIPELINE }).observations
    assert.ok(first?.type === 'run.finished')
    assert.deepEqual(
      [first.attempt, first.outcome, first.isDefaultBranch, first.trigger],
      [1, 'failed', true, 'push'],
    )
    assert.equal((first.startedAt ?? 0) - (first.queuedAt ?? 0), 10_000)
    const again = said('pipeline', {
      object_attributes: { ...PIPELINE, status: 'success', finished_at: '2025-08-12 16:00:00 UTC' },
      builds: [
        { created_at: '2025-08-12 15:23:28 UTC' },
        { created_at: '2025-08-12 15:50:00 UTC' },
      ],
    })
    const [second] = again.observations
    assert.ok(second?.type === 'run.finished' && second.attempt === 2)
    assert.deepEqual(again.notes, ['pipeline: jobs of it were retried'])
    const waiting = said('pipeline', { object_attributes: { ...PIPELINE, status: 'manual' } })
    assert.deepEqual(waiting, { observations: [], notes: ['pipeline: manual'] })
    const queued = said('pipeline', { object_attributes: { ...PIPELINE, status: 'pending' } })
    assert.deepEqual(types(queued.observations), ['run.queued'])
  })

  it('of a job is a task of its pipeline', () => {
    const [task] = said('build', {
      build_id: 7,
      build_name: 'test',
      build_status: 'success',
      build_created_at: '2025-08-12 15:23:28 UTC',
      build_started_at: '2025-08-12 15:23:38 UTC',
      build_finished_at: '2025-08-12 15:24:28 UTC',
      pipeline_id: 31,
      sha: SHA,
      runner: { description: 'shared' },
    }).observations
    assert.ok(task?.type === 'task.finished' && task.run === '31' && task.pool === 'shared')
    assert.equal(task.occurredAt - (task.startedAt ?? 0), 50_000)
  })

  it('of a deployment takes the commit from its address, and the tier from what is said', () => {
    const [ended] = said('deployment', DEPLOYMENT).observations
    assert.ok(ended?.type === 'deployment.finished')
    assert.deepEqual(
      [ended.sha, ended.environmentKind, ended.service, ended.deployment, ended.occurredAt],
      [SHA, 'production', 'checkout', 'gitlab/15', Date.UTC(2025, 3, 28, 19, 50)],
    )
    const { status_changed_at: _, deployment_id: __, ...old } = DEPLOYMENT
    const bare = said('deployment', { ...old, deployable_id: 796, status: 'failed' })
    const [failed] = bare.observations
    assert.ok(failed?.type === 'deployment.finished' && failed.outcome === 'failed')
    assert.equal(failed.occurredAt, NOW)
    assert.match(bare.notes.join(), /without a time/)
    assert.deepEqual(said('deployment', old).notes, ['deployment: without an id'])
    const running = said('deployment', { ...DEPLOYMENT, status: 'running' })
    assert.deepEqual(types(running.observations), ['deployment.started'])
  })

  it('of an incident is one, and of an issue a ticket', () => {
    const incident = said('issue', { object_attributes: ISSUE }).observations
    assert.deepEqual(types(incident), ['incident.opened', 'incident.resolved'])
    assert.ok(incident[0]?.type === 'incident.opened' && incident[0].severity === 2)
    const issue = { ...ISSUE, type: 'Issue', closed_at: null }
    const ticket = said('issue', {
      object_attributes: issue,
      labels: [{ title: 'ci' }],
    }).observations
    assert.deepEqual(types(ticket), ['ticket.opened'])
    const outage = said('issue', { object_attributes: issue, labels: [{ title: 'Outage' }] })
    assert.deepEqual(types(outage.observations), ['incident.opened'])
  })

  it('of a vulnerability tells whose it is by its address', () => {
    const heard = hear({
      headers: {},
      receivedAt: NOW,
      payload: {
        object_kind: 'vulnerability',
        object_attributes: {
          url: 'https://gitlab.com/acme/shop/-/security/vulnerabilities/1',
          state: 'resolved',
          severity: 'high',
          identifiers: [{ name: 'Gemnasium-1' }, { name: 'CVE-2024-41123' }],
          created_at: '2025-01-08T00:46:14.413Z',
          resolved_at: '2025-01-09T00:46:14.413Z',
        },
      },
    })
    assert.deepEqual(types(heard.observations), ['vuln.detected', 'vuln.cleared'])
    assert.ok(heard.observations[0]?.type === 'vuln.detected')
    assert.deepEqual(
      [heard.observations[0].cve, heard.observations[0].service],
      ['CVE-2024-41123', 'checkout'],
    )
  })

  it('that tells nothing for us is counted', () => {
    assert.deepEqual(said('wiki_page', {}).notes, ['unmapped'])
    assert.deepEqual(said('feature_flag', {}).notes, ['feature_flag: names no environment'])
    assert.equal(gitlabEvent({ 'x-gitlab-event': 'Member Hook' }, {}), 'Member Hook')
  })

  it('may be anything at all, and breaks nothing', () => {
    const kinds = ['push', 'merge_request', 'note', 'pipeline', 'build', 'deployment', 'issue']
    const field = fc.constantFrom(
      ...Object.keys({ ...PIPELINE, ...MERGE_REQUEST, ...DEPLOYMENT, ...ISSUE }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.dictionary(field, fc.jsonValue()),
        fc.jsonValue(),
        (kind, fields, value) => {
          const all = { ...PIPELINE, ...MERGE_REQUEST, ...DEPLOYMENT, ...ISSUE, ...fields }
          for (const body of [{ object_attributes: all }, all, { object_attributes: value }]) {
            const heard = said(kind, body)
            assert.ok(heard.observations.length + heard.notes.length > 0)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
