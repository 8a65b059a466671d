import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Observation } from '#insights/ports.ts'
import { readingOf } from '../shared/hearing.ts'
import { githubEvent, hearGithub } from './webhook.ts'

interface Example {
  readonly name: string
  readonly examples: readonly Record<string, unknown>[]
}

const CORPUS = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@octokit/webhooks-examples'), 'utf8'),
) as Example[]
const NOW = Date.UTC(2026, 0, 1)
const hear = hearGithub(
  readingOf({ services: { 'acme/shop': 'checkout' }, incidentLabels: ['bug'] }),
)
const said = (event: string, payload: unknown) =>
  hear({ headers: { 'x-github-event': event }, payload, receivedAt: NOW })
const repository = {
  full_name: 'acme/shop',
  html_url: 'https://github.com/acme/shop',
  default_branch: 'main',
  pushed_at: 1_700_000_000,
}
const SHA = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)
const types = (observations: readonly Observation[]) => observations.map(({ type }) => type)

describe('what GitHub gives as examples', () => {
  it('is accepted, every payload of it: mapped, or counted with the reason', () => {
    const mapped = new Map<string, number>()
    let payloads = 0
    for (const { name, examples } of CORPUS)
      for (const payload of examples) {
        payloads++
        const heard = said(name, payload)
        assert.ok(heard.observations.length + heard.notes.length > 0, name)
        assert.match(githubEvent({ 'x-github-event': name }, payload), /^\w+(\.[\w-]+)?$/)
        mapped.set(name, (mapped.get(name) ?? 0) + heard.observations.length)
        for (const each of heard.observations) {
          assert.equal(each.source, 'github')
          assert.ok(each.occurredAt <= NOW, name)
          assert.doesNotMatch(JSON.stringify(each), /undefined|null|NaN/)
        }
      }
    assert.equal(payloads, 329)
    const given = [...mapped].flatMap(([name, count]) => (count > 0 ? [name] : []))
    assert.deepEqual(given.toSorted(), [
      'dependabot_alert',
      'deployment',
      'deployment_status',
      'issues',
      'pull_request',
      'pull_request_review',
      'push',
      'workflow_job',
      'workflow_run',
    ])
  })

  it('may lose any of its fields, or have others in their place, and breaks nothing', () => {
    const events = [
      'push',
      'pull_request',
      'deployment_status',
      'workflow_run',
      'issues',
      'release',
    ]
    const payloads = CORPUS.filter(({ name }) => events.includes(name)).flatMap(
      ({ name, examples }) => examples.map((payload) => ({ name, payload })),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...payloads),
        fc.array(fc.nat(200), { maxLength: 5 }),
        fc.jsonValue(),
        ({ name, payload }, places, value) => {
          const broken = structuredClone(payload)
          for (const place of places) putInto(broken, place, structuredClone(value))
          const heard = said(name, broken)
          assert.ok(heard.observations.length + heard.notes.length > 0)
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** Replaces the n-th value of the payload, whatever it is. */
function putInto(payload: Record<string, unknown>, place: number, value: unknown): void {
  const holders: [Record<string, unknown>, string][] = []
  const walk = (at: Record<string, unknown>) => {
    for (const [key, held] of Object.entries(at)) {
      holders.push([at, key])
      if (typeof held === 'object' && held !== null) walk(held as Record<string, unknown>)
    }
  }
  walk(payload)
  const [holder, key] = holders[place % Math.max(1, holders.length)] ?? []
  if (holder !== undefined && key !== undefined) holder[key] = value
}

describe('a delivery of GitHub', () => {
  it('of a push tells its commits, and no parents: those are git’s to tell', () => {
    const { observations, notes } = said('push', {
      repository,
      ref: 'refs/heads/main',
      before: '0'.repeat(40),
      after: SHA,
      forced: true,
      commits: [
        {
          id: SHA,
          message: 'fix: it\u0000',
          timestamp: '2023-11-14T22:00:00+01:00',
          added: ['a'],
          modified: ['b'],
        },
      ],
    })
    assert.deepEqual(observations, [
      {
        type: 'commit.pushed',
        source: 'github',
        sourceEventId: `push:acme/shop:refs/heads/main:${'0'.repeat(40)}:${SHA}:1700000000`,
        occurredAt: 1_700_000_000_000,
        recordedAt: NOW,
        repository: 'github.com/acme/shop',
        ref: 'refs/heads/main',
        after: SHA,
        commits: [
          {
            sha: SHA,
            committedAt: Date.UTC(2023, 10, 14, 21),
            message: 'fix: it\u0000',
            paths: ['a', 'b'],
          },
        ],
      },
    ])
    assert.deepEqual(notes, ['push: forced'])
  })

  it('of a tag is a version of the commit beneath it, as the release of it is', () => {
    const push = said('push', {
      repository,
      ref: 'refs/tags/v1.0.0',
      after: OTHER,
      head_commit: { id: SHA, timestamp: '2023-11-14T22:00:00Z' },
    })
    const release = said('release', {
      action: 'published',
      repository,
      release: { tag_name: 'v1.0.0', target_commitish: SHA, published_at: '2023-11-14T22:10:00Z' },
    })
    const [one, two] = [push.observations[0], release.observations[0]]
    assert.ok(one?.type === 'release.published' && two?.type === 'release.published')
    assert.equal(one.sha, SHA)
    assert.equal(one.sourceEventId, two.sourceEventId)
  })

  it('of a deleted branch is counted, and tells nothing', () => {
    assert.deepEqual(said('push', { repository, ref: 'x', after: '0'.repeat(40), deleted: true }), {
      observations: [],
      notes: ['push: a branch or tag was deleted'],
    })
  })

  it('of a pull request tells how it stands, the same again with every action', () => {
    const pull_request = {
      number: 7,
      user: { login: 'ada' },
      draft: false,
      created_at: '2023-11-14T10:00:00Z',
      merged_at: '2023-11-14T12:00:00Z',
      closed_at: '2023-11-14T12:00:00Z',
      merge_commit_sha: SHA,
      merged_by: { login: 'grace' },
    }
    const closed = said('pull_request', { action: 'closed', repository, pull_request })
    assert.deepEqual(types(closed.observations), ['change.opened', 'change.merged'])
    const labeled = said('pull_request', { action: 'labeled', repository, pull_request })
    assert.deepEqual(labeled, closed)
    const { observations } = said('pull_request', {
      repository,
      pull_request: { ...pull_request, merged_at: null },
    })
    assert.deepEqual(types(observations), ['change.opened', 'change.closed'])
  })

  it('of a run keeps its attempts apart', () => {
    const run = {
      id: 9,
      run_attempt: 2,
      head_sha: SHA,
      head_branch: 'main',
      event: 'push',
      status: 'completed',
      conclusion: 'success',
      created_at: '2023-11-14T10:00:00Z',
      run_started_at: '2023-11-14T11:00:00Z',
      updated_at: '2023-11-14T11:05:00Z',
    }
    const [second] = said('workflow_run', { repository, workflow_run: run }).observations
    assert.ok(second?.type === 'run.finished')
    assert.deepEqual(
      [second.attempt, second.isManualRetry, second.isDefaultBranch, second.outcome],
      [2, true, true, 'succeeded'],
    )
    assert.equal(second.queuedAt, Date.UTC(2023, 10, 14, 11))
    const first = { ...run, run_attempt: 1, conclusion: 'failure' }
    const [one] = said('workflow_run', { repository, workflow_run: first }).observations
    assert.notEqual(one?.sourceEventId, second.sourceEventId)
    assert.ok(one?.type === 'run.finished' && one.outcome === 'failed' && !one.isManualRetry)
    assert.equal(one.queuedAt, Date.UTC(2023, 10, 14, 10))
    const fork = { ...run, head_repository: { full_name: 'mallory/shop' } }
    const [other] = said('workflow_run', { repository, workflow_run: fork }).observations
    assert.ok(other?.type === 'run.finished' && other.isDefaultBranch === false)
  })

  it('of a deployment tells when it began and how it ended, of the service that is meant', () => {
    const deployment = {
      id: 5,
      sha: SHA,
      ref: 'v1.2.0',
      task: 'deploy:rollback',
      environment: 'Production',
      payload: {},
      created_at: '2023-11-14T10:00:00Z',
    }
    const deployment_status = {
      id: 6,
      state: 'failure',
      description: 'out of memory',
      created_at: '2023-11-14T10:02:00Z',
    }
    const body = { action: 'created', repository, deployment, deployment_status }
    const [ended] = said('deployment_status', body).observations
    assert.deepEqual(ended, {
      type: 'deployment.finished',
      source: 'github',
      sourceEventId: 'deployment_status:6',
      occurredAt: Date.UTC(2023, 10, 14, 10, 2),
      recordedAt: NOW,
      deployment: 'github/5',
      service: 'checkout',
      environment: 'Production',
      environmentKind: 'production',
      kind: 'rollback',
      sha: SHA,
      version: 'v1.2.0',
      outcome: 'failed',
      reason: 'out of memory',
      startedAt: Date.UTC(2023, 10, 14, 10),
    })
    const named = { ...deployment, payload: { service: 'ledger' }, task: 'deploy' }
    const [began] = said('deployment', { repository, deployment: named }).observations
    assert.ok(began?.type === 'deployment.started' && began.service === 'ledger')
    const inactive = { ...deployment_status, state: 'inactive' }
    assert.deepEqual(said('deployment_status', { ...body, deployment_status: inactive }), {
      observations: [],
      notes: ['deployment_status: inactive'],
    })
  })

  it('of an issue is an incident by its label, and else a ticket', () => {
    const issue = {
      number: 3,
      title: 'Checkout is down',
      labels: [{ name: 'Bug' }, { name: 'sev1' }],
      created_at: '2023-11-14T10:00:00Z',
      closed_at: '2023-11-14T11:00:00Z',
    }
    const { observations } = said('issues', { action: 'closed', repository, issue })
    assert.deepEqual(types(observations), ['incident.opened', 'incident.resolved'])
    const [opened] = observations
    assert.ok(opened?.type === 'incident.opened' && opened.severity === 1)
    const other = said('issues', { repository, issue: { ...issue, labels: [] } })
    assert.deepEqual(types(other.observations), ['ticket.opened', 'ticket.closed'])
    const gone = said('issues', { action: 'deleted', repository, issue })
    assert.deepEqual(types(gone.observations).at(-1), 'incident.voided')
  })

  it('without a time of its own counts when it came, and says so', () => {
    const heard = said('deployment', {
      repository,
      deployment: { id: 1, environment: 'qa', payload: null, created_at: 'yesterday' },
    })
    assert.equal(heard.observations[0]?.occurredAt, NOW)
    assert.match(heard.notes[0] ?? '', /without a time/)
  })

  it('from a server of one’s own is told apart', () => {
    const own = { ...repository, html_url: 'https://git.acme.example/acme/shop' }
    const deployment = { id: 1, environment: 'prod', created_at: '2023-11-14T10:00:00Z' }
    const [began] = said('deployment', { repository: own, deployment }).observations
    assert.equal(began?.source, 'github:git.acme.example')
  })
})

describe('what happens to a repository', () => {
  it('that is deleted, or given another name, takes nothing back of what it told', () => {
    for (const action of ['deleted', 'renamed', 'transferred', 'archived']) {
      const { observations, notes } = said('repository', { action, repository })
      assert.deepEqual([observations, notes], [[], ['unmapped']])
    }
  })

  it('a review that is dismissed takes back what it said', () => {
    const review = { id: 1, user: { login: 'ben' }, commit_id: SHA }
    const of = { repository, pull_request: { number: 7 } }
    const heard = (action: string, state: string) =>
      said('pull_request_review', { ...of, action, review: { ...review, state } }).observations
    const told = [...heard('submitted', 'approved'), ...heard('dismissed', 'dismissed')]
    assert.deepEqual(
      told.map((one) => [one.sourceEventId, one.type === 'change.reviewed' && one.verdict]),
      [
        ['review:1', 'approved'],
        ['review:1:dismissed', 'dismissed'],
      ],
    )
  })

  it('an issue with a label of support is a ticket of releasing itself', () => {
    const issue = { number: 4, labels: [{ name: 'Release-Platform::ci' }] }
    const [ticket] = said('issues', { action: 'opened', issue, repository }).observations
    assert.ok(ticket?.type === 'ticket.opened')
    assert.equal(ticket.class, 'release-platform')
  })
})
