import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readingOf } from '../shared/hearing.ts'
import { hearCdevents } from './webhook.ts'

const NOW = Date.UTC(2026, 0, 1)
const SHA = 'a'.repeat(40)
const DIGEST = `sha256:${'0b'.repeat(32)}`
const PURL = `pkg:oci/checkout@sha256%3A${'0b'.repeat(32)}?repository_url=registry.example`
const hear = hearCdevents(readingOf())

function event(type: string, id: string, content: object, customData?: object) {
  return {
    context: {
      version: '0.4.1',
      id: `e-${type}-${id}`,
      source: '/ci/acme',
      type: `dev.${type}.0.1.0`,
      timestamp: '2025-08-12T10:00:00Z',
    },
    subject: { id, source: '/ci/acme', type: 'x', content },
    ...(customData !== undefined && { customData }),
  }
}
const said = (payload: unknown) => hear({ headers: {}, payload, receivedAt: NOW })
const only = (payload: unknown) => said(payload).observations[0]

describe('a CDEvent', () => {
  it('means the same bare, in a CloudEvent, and in a batch', () => {
    const bare = event('cdevents.service.deployed', 'checkout', {
      environment: { id: 'production' },
      artifactId: PURL,
    })
    const structured = { specversion: '1.0', type: bare.context.type, id: '1', data: bare }
    assert.deepEqual(said(bare), said(structured))
    assert.equal(said([structured, bare]).observations.length, 2)
    assert.deepEqual(only(bare), {
      type: 'deployment.finished',
      source: 'cdevents:/ci/acme',
      sourceEventId: 'e-cdevents.service.deployed-checkout',
      occurredAt: Date.UTC(2025, 7, 12, 10),
      recordedAt: NOW,
      deployment: 'cdevents/e-cdevents.service.deployed-checkout',
      service: 'checkout',
      environment: 'production',
      environmentKind: 'production',
      digest: DIGEST,
      outcome: 'succeeded',
    })
  })

  it('of a rollback says so', () => {
    const content = { environment: { id: 'production' } }
    const rolled = only(event('cdevents.service.rolledback', 'checkout', content))
    assert.ok(rolled?.type === 'deployment.finished' && rolled.kind === 'rollback')
  })

  it('of a tool’s own can say what the others cannot: that a deployment failed', () => {
    const failed = only(
      event('cdeventsx.signalbox-deployment.finished', 'dep_1', {
        deployment: 'dep_1',
        service: 'checkout',
        environment: 'production',
        outcome: 'failure',
        sha: SHA,
      }),
    )
    assert.ok(failed?.type === 'deployment.finished')
    assert.deepEqual([failed.outcome, failed.sha, failed.deployment], ['failed', SHA, 'dep_1'])
  })

  it('of runs, changes, artifacts and incidents is what it says', () => {
    const finished = only(
      event('cdevents.pipelinerun.finished', 'r1', { pipelineName: 'ci', outcome: 'error' }),
    )
    assert.ok(finished?.type === 'run.finished' && finished.outcome === 'error')
    const task = only(
      event('cdevents.taskrun.finished', 't1', {
        taskName: 'test',
        outcome: 'success',
        pipelineRun: { id: 'r1' },
      }),
    )
    assert.ok(task?.type === 'task.finished' && task.run === 'r1' && task.task === 'test')
    const repository = { id: 'https://github.com/acme/shop' }
    const merged = only(event('cdevents.change.merged', '7', { repository }, { sha: SHA }))
    assert.ok(merged?.type === 'change.merged' && merged.repository === 'github.com/acme/shop')
    const artifact = only(event('cdevents.artifact.published', PURL, { change: { id: SHA } }))
    assert.ok(artifact?.type === 'artifact.published')
    assert.deepEqual([artifact.service, artifact.digest, artifact.sha], ['checkout', DIGEST, SHA])
    const incident = only(
      event('cdevents.incident.detected', 'i1', {
        description: 'slow',
        service: { id: 'checkout' },
        environment: { id: 'production' },
      }),
    )
    assert.ok(incident?.type === 'incident.opened' && incident.service === 'checkout')
  })

  it('that lacks what it must say is counted with the reason', () => {
    assert.deepEqual(said(event('cdevents.change.merged', '7', {})).notes, [
      'change.merged: names no commit',
    ])
    assert.deepEqual(said(event('cdevents.service.deployed', 's', {})).notes, [
      'service.deployed: names no environment',
    ])
    assert.deepEqual(said(event('cdevents.branch.created', 'b', {})).notes, ['unmapped'])
    assert.deepEqual(said({ hello: 1 }).notes, ['no CDEvent'])
  })

  it('may hold anything, and breaks nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'service.deployed',
          'change.merged',
          'pipelinerun.finished',
          'ticket.created',
        ),
        fc.dictionary(
          fc.constantFrom(
            'environment',
            'outcome',
            'repository',
            'labels',
            'service',
            'artifactId',
          ),
          fc.jsonValue(),
        ),
        (type, content) => {
          const heard = said(event(`cdevents.${type}`, 'x', content))
          assert.equal(heard.observations.length + heard.notes.length > 0, true)
        },
      ),
    )
  })
})
