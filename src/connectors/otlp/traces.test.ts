import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readingOf } from '../shared/hearing.ts'
import { hearTraces } from './traces.ts'

const SHA = 'a'.repeat(40)
const START = 1_700_000_000_000
const hear = hearTraces(readingOf())

const attributes = (said: Readonly<Record<string, string>>) =>
  Object.entries(said).map(([key, stringValue]) => ({ key, value: { stringValue } }))
const span = (spanId: string, said: Readonly<Record<string, string>>, seconds = 60) => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId,
  name: 'x',
  startTimeUnixNano: `${START}000000`,
  endTimeUnixNano: `${START + 1000 * seconds}000000`,
  attributes: attributes(said),
})
const said = (...spans: readonly object[]) =>
  hear({
    headers: {},
    receivedAt: START + 1,
    payload: {
      resourceSpans: [
        {
          resource: {
            attributes: attributes({
              'service.name': 'ci',
              'vcs.repository.url.full': 'https://github.com/acme/shop',
              'vcs.ref.head.revision': SHA,
              'vcs.ref.head.name': 'main',
            }),
          },
          scopeSpans: [{ spans }],
        },
      ],
    },
  })

const RUN = span('00f067aa0ba902b7', {
  'cicd.pipeline.run.id': '42',
  'cicd.pipeline.name': 'build',
  'cicd.pipeline.result': 'failure',
})
const TASK = span(
  '00f067aa0ba902b8',
  {
    'cicd.pipeline.task.run.id': '7',
    'cicd.pipeline.task.name': 'test',
    'cicd.pipeline.task.run.result': 'timeout',
  },
  30,
)

describe('a trace', () => {
  it('of a pipeline is a run and its tasks', () => {
    const { observations, notes } = said(RUN, TASK)
    const [run, task] = observations
    assert.deepEqual(notes, [])
    assert.deepEqual(run, {
      type: 'run.finished',
      source: 'otlp:ci',
      sourceEventId: 'span:0af7651916cd43dd8448eb211c80319c:00f067aa0ba902b7:finished',
      occurredAt: START + 60_000,
      recordedAt: START + 1,
      run: '42',
      attempt: 1,
      repository: 'github.com/acme/shop',
      service: 'shop',
      sha: SHA,
      branch: 'main',
      isDefaultBranch: true,
      template: 'build',
      startedAt: START,
      outcome: 'failed',
    })
    assert.ok(task?.type === 'task.finished')
    assert.deepEqual([task.run, task.task, task.outcome], ['42', 'test', 'failed'])
  })

  it('of a deployment is one, and says where', () => {
    const [deployment] = said(
      span('00f067aa0ba902b9', {
        'deployment.id': 'd1',
        'deployment.environment.name': 'production',
        'deployment.status': 'succeeded',
      }),
    ).observations
    assert.ok(deployment?.type === 'deployment.finished')
    assert.deepEqual(
      [deployment.deployment, deployment.environmentKind, deployment.sha, deployment.startedAt],
      ['d1', 'production', SHA, START],
    )
  })

  it('of anything else is counted', () => {
    assert.deepEqual(said(span('00f067aa0ba902b7', { 'http.route': '/' })).notes, ['unmapped'])
    assert.deepEqual(said(TASK).notes, ['span: a task without its run'])
    assert.deepEqual(said({ traceId: 'x' }).notes, ['span: without ids or times'])
    assert.deepEqual(hear({ headers: {}, payload: {}, receivedAt: 0 }).notes, ['no resourceSpans'])
  })

  it('may hold anything, and breaks nothing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(RUN)), fc.jsonValue()), (over) => {
        const heard = said({ ...RUN, ...over }, TASK)
        assert.ok(heard.observations.length + heard.notes.length > 0)
      }),
    )
  })
})
