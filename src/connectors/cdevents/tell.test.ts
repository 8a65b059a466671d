import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Noted } from '#insights/ports.ts'
import { readingOf } from '../shared/hearing.ts'
import { tell } from './tell.ts'
import { hearCdevents } from './webhook.ts'

const AT = Date.parse('2026-11-27T09:00:00Z')
const HEX = 'a'.repeat(64)
const SHA = 'b'.repeat(40)
const SOURCE = 'https://signalbox.example'

const noted = (stream: string, version: number, event: object): Noted => ({
  stream,
  version,
  event: { at: AT, by: 'system', ...event } as Noted['event'],
})
const of = { service: 'shop', repository: 'acme/shop', branch: 'main', sha: SHA, run: 'run_1' }
const QUEUED = noted('run-run_1', 1, { type: 'run.queued', ...of, pipeline: 'default', jobs: [] })
const lease = (version: number, job: string) =>
  noted('run-run_1', version, { type: 'run.jobLeased', job, attempt: 1 })
const OPENED = noted('incident-inc_1', 1, {
  type: 'incident.opened',
  incident: 'inc_1',
  service: 'shop',
  environment: 'production',
  severity: 2,
  title: 'Down',
  impactStartedAt: AT,
})
const deployment = (more: object, version = 9) =>
  noted('deployment-dep_2', version, {
    type: 'deployment.finished',
    deployment: 'dep_2',
    service: 'shop',
    environment: 'production',
    release: 'rel_2',
    version: '1.1.0',
    artifact: `sha256:${HEX}`,
    sha: SHA,
    kind: 'forward',
    outcome: 'succeeded',
    reason: 'fine',
    startedAt: AT,
    exposedAt: AT,
    returnPoint: { deployment: 'dep_1', release: 'rel_1', version: '1.0.0', artifact: 'sha256:c' },
    ...more,
  })

/** What version 0.5.0 of the specification's schemas allow and ask for, of what is told here. */
const WORDS: Readonly<Record<string, readonly [needed: string, allowed: string]>> = {
  'pipelinerun.queued': ['', 'pipelineName uri'],
  'pipelinerun.started': ['pipelineName uri', 'pipelineName uri'],
  'pipelinerun.finished': ['', 'pipelineName uri outcome errors'],
  'taskrun.started': ['', 'taskName pipelineRun uri'],
  'taskrun.finished': ['', 'taskName pipelineRun uri outcome errors'],
  'artifact.published': ['', 'sbom user'],
  'service.deployed': ['environment artifactId', 'environment artifactId'],
  'service.upgraded': ['environment artifactId', 'environment artifactId'],
  'service.rolledback': ['environment artifactId', 'environment artifactId'],
  'service.removed': ['environment', 'environment'],
  'incident.detected': ['environment', 'description environment service artifactId'],
  'incident.resolved': ['environment', 'description environment service artifactId'],
}
const CUSTOM = /^dev\.cdeventsx\.[a-zA-Z0-9]+-[a-zA-Z]+\.[a-zA-Z]+\.\d\.\d\.\d$/

interface Body {
  readonly id: string
  readonly type: string
  readonly source: string
  readonly time: string
  readonly data: {
    readonly context: Readonly<Record<string, string>>
    readonly subject: { readonly id: string; readonly content: Readonly<Record<string, unknown>> }
    readonly customData?: Readonly<Record<string, unknown>>
  }
}

function told(event: Noted, firsts: readonly Noted[] = [], source = SOURCE) {
  const messages = tell(event, firsts, source)
  for (const { body } of messages) lawful(body as Body)
  return messages.map(({ id, kind, subject, body }) => {
    const { content, ...more } = (body as Body).data.subject
    assert.equal(more.id, subject)
    return { id, kind, subject, content }
  })
}

function lawful({ data, ...envelope }: Body) {
  const { context, subject } = data
  assert.deepEqual(Object.keys(context).toSorted(), [
    ...['id', 'source', 'specversion', 'timestamp', 'type'],
  ])
  assert.deepEqual(
    [envelope.id, envelope.type, envelope.source, envelope.time],
    [context['id'], context['type'], context['source'], context['timestamp']],
  )
  assert.equal(context['specversion'], '0.5.0')
  const [, type = ''] = /^dev\.cdevents\.(\w+\.\w+)\.0\.3\.0$/.exec(envelope.type) ?? []
  if (type === '') return assert.match(envelope.type, CUSTOM)
  const [needed, allowed] = WORDS[type] ?? assert.fail(`nobody knows ${type}`)
  for (const word of needed.split(' ').filter(Boolean)) assert.ok(word in subject.content, word)
  for (const word of Object.keys(subject.content))
    assert.ok(allowed.split(' ').includes(word), word)
}

const kinds = (event: Noted, firsts: readonly Noted[] = []) =>
  told(event, firsts).map(({ kind }) => kind.replace(/^dev\.cdevents(x?)\.(.+)\.\d\.\d\.\d$/, '$2'))

describe('CDEvents out', () => {
  it('tell of a run when it is queued, begins and ends', () => {
    const firsts = [QUEUED, lease(2, 'unit')]
    assert.deepEqual(told(QUEUED, firsts), [
      {
        id: 'run-run_1@1',
        kind: 'dev.cdevents.pipelinerun.queued.0.3.0',
        subject: 'run_1',
        content: { pipelineName: 'default', uri: `${SOURCE}/runs/run_1` },
      },
    ])
    assert.deepEqual(kinds(lease(2, 'unit'), firsts), ['taskrun.started', 'pipelinerun.started'])
    assert.deepEqual(kinds(lease(3, 'lint'), firsts), ['taskrun.started'])
    const ended = noted('run-run_1', 8, { type: 'run.finished', ...of, outcome: 'failed' })
    assert.equal(told(ended, firsts)[0]?.content['outcome'], 'failure')
  })

  it('tell of a job when it ended, unless nobody ran it', () => {
    const job = (outcome: string) =>
      noted('run-run_1', 5, { type: 'run.jobFinished', job: 'unit', attempt: 2, outcome })
    const [ended] = told(job('timedOut'), [QUEUED])
    assert.deepEqual(
      [ended?.subject, ended?.content['outcome'], ended?.content['pipelineRun']],
      ['run_1/unit/2', 'failure', { id: 'run_1' }],
    )
    assert.deepEqual(told(job('skipped'), [QUEUED]), [])
  })

  it('tell of what a service runs, by what was there before', () => {
    assert.deepEqual(told(deployment({})), [
      {
        id: 'deployment-dep_2@9',
        kind: 'dev.cdevents.service.upgraded.0.3.0',
        subject: 'shop',
        content: {
          environment: { id: 'production' },
          artifactId: `pkg:oci/shop@sha256%3A${HEX}`,
        },
      },
    ])
    assert.deepEqual(kinds(deployment({ returnPoint: null })), ['service.deployed'])
    assert.deepEqual(kinds(deployment({ kind: 'redeploy' })), ['service.deployed'])
    assert.deepEqual(kinds(deployment({ kind: 'rollback' })), ['service.rolledback'])
    const place = { service: 'shop', environment: 'production' }
    const settled = (deployed: object | null) =>
      noted('slot-production/shop', 4, { type: 'slot.settled', ...place, deployed })
    assert.deepEqual(kinds(settled(null)), ['service.removed'])
    assert.deepEqual(kinds(settled({ deployment: 'dep_1' })), [])
  })

  it('tell in words of our own that a deployment began or failed, and what serves again', () => {
    const began = deployment({ type: 'deployment.started' }, 1)
    assert.deepEqual(kinds(began), ['signalbox-deployment.started'])
    assert.deepEqual(kinds(deployment({ outcome: 'failed' })), ['signalbox-deployment.finished'])
    const back = told(deployment({ outcome: 'rolledBack' }))
    assert.deepEqual(
      back.map(({ id }) => id),
      ['deployment-dep_2@9', 'deployment-dep_2@9.1'],
    )
    assert.equal(back[1]?.content['artifactId'], 'pkg:oci/shop@sha256%3Ac')
    assert.equal(told(deployment({ outcome: 'rolledBack', exposedAt: undefined })).length, 1)
  })

  it('tell of artifacts, releases and incidents', () => {
    const completed = { type: 'artifact.completed', ...of, digest: `sha256:${HEX}` }
    assert.deepEqual(kinds(noted(`artifact-sha256:${HEX}`, 4, completed)), ['artifact.published'])
    const made = { type: 'release.created', ...of, release: 'rel_1', version: '1.0.0', tag: 'v1' }
    const release = noted('release-rel_1', 1, { ...made, artifact: `sha256:${HEX}` })
    assert.deepEqual(kinds(release), ['signalbox-release.created'])
    assert.deepEqual(kinds(OPENED), ['incident.detected'])
    const resolved = { type: 'incident.resolved', incident: 'inc_1', note: 'n'.repeat(5_000) }
    const [end] = told(noted('incident-inc_1', 5, resolved), [OPENED])
    assert.equal(end?.kind, 'dev.cdevents.incident.resolved.0.3.0')
    assert.equal(end?.content['description'], 'n'.repeat(1_000))
  })

  it('say nothing of what they have no words for, and of what nobody began', () => {
    assert.deepEqual(told(noted('run-run_1', 3, { type: 'run.admitted' }), [QUEUED]), [])
    assert.deepEqual(told(lease(2, 'unit')), [])
    assert.deepEqual(told(noted('survey-s', 1, { type: 'survey.closed' })), [])
  })

  it('have a URI where the server has no address of its own', () => {
    const [queued] = told(QUEUED, [], 'urn:signalbox')
    assert.equal(queued?.content['uri'], 'urn:signalbox:runs:run_1')
  })

  it('are what we read ourselves', () => {
    const hear = hearCdevents(readingOf())
    const heard = [
      ...[QUEUED, deployment({}), deployment({ type: 'deployment.started' }, 1)],
      ...[deployment({ outcome: 'failed' }), OPENED],
    ].flatMap((event) =>
      tell(event, [QUEUED], SOURCE).flatMap(({ body }) => {
        const { observations, notes } = hear({ headers: {}, payload: body, receivedAt: AT })
        assert.deepEqual(notes, [])
        return observations
      }),
    )
    assert.deepEqual(
      heard.map((each) => [each.type, 'service' in each && each.service]),
      [
        ['run.queued', 'shop'],
        ['deployment.finished', 'shop'],
        ['deployment.started', 'shop'],
        ['deployment.finished', 'shop'],
        ['incident.opened', 'shop'],
      ],
    )
    const deployments = heard.flatMap((each) => ('deployment' in each ? [each.deployment] : []))
    assert.deepEqual(new Set(deployments), new Set(['dep_2']))
  })
})
