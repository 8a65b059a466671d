import assert from 'node:assert/strict'
import test from 'node:test'
import { judgePod, type PodVerdict, readPod } from './pod-state.ts'

const metadata = { name: 'p' }
const at = (status: object, more: object = {}) =>
  judgePod(readPod({ metadata: { ...metadata, ...more }, spec: { nodeName: 'n1' }, status }))
const inState = (state: object, status: object = {}) =>
  at({ phase: 'Running', containerStatuses: [{ name: 'job', state }], ...status })

const cases: readonly (readonly [string, PodVerdict, PodVerdict['is'], RegExp?])[] = [
  ['no pod', judgePod(undefined), 'lost', /gone/],
  ['nothing known yet', at({}), 'waiting', /no node/],
  ['being made', inState({ waiting: { reason: 'ContainerCreating' } }), 'waiting'],
  ['up', inState({ running: {} }), 'running'],
  ['a first pull that failed', inState({ waiting: { reason: 'ErrImagePull' } }), 'waiting'],
  ['pulls that failed', inState({ waiting: { reason: 'ImagePullBackOff' } }), 'withoutImage'],
  ['no image by that name', inState({ waiting: { reason: 'InvalidImageName' } }), 'withoutImage'],
  [
    'a secret that is missing',
    inState({ waiting: { reason: 'CreateContainerConfigError', message: 'no such' } }),
    'refused',
    /no such/,
  ],
  ['no shell in it', inState({ terminated: { reason: 'StartError', exitCode: 128 } }), 'refused'],
  ['out of memory', inState({ terminated: { reason: 'OOMKilled' } }), 'outOfMemory'],
  [
    'ended from outside',
    inState({ terminated: { reason: 'Error', exitCode: 137 } }),
    'lost',
    /137/,
  ],
  ['evicted', at({ phase: 'Failed', reason: 'Evicted', message: 'low on memory' }), 'lost', /low/],
  [
    'evicted for its disk',
    at({ phase: 'Failed', reason: 'Evicted', message: 'It exceeds the total limit of …' }),
    'overDisk',
  ],
  ['a node that shut down', at({ phase: 'Failed', reason: 'NodeShutdown' }), 'lost', /NodeShut/],
  ['a node not heard of', at({ phase: 'Unknown' }), 'lost'],
  ['a node lost', inState({ running: {} }, { reason: 'NodeLost' }), 'lost'],
  [
    'taken for another',
    inState(
      { running: {} },
      {
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }],
      },
    ),
    'lost',
    /Preemption/,
  ],
  [
    'no place for it',
    at({
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' },
      ],
    }),
    'waiting',
    /0\/3 nodes/,
  ],
]

for (const [name, verdict, is, says] of cases)
  test(`a pod: ${name}`, () => {
    assert.equal(verdict.is, is)
    if (says !== undefined) assert.match('why' in verdict ? verdict.why : '', says)
  })

test('a pod that is being deleted is lost though it runs', () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z'
  const containerStatuses = [{ name: 'job', state: { running: {} } }]
  assert.equal(at({ phase: 'Running', containerStatuses }, { deletionTimestamp }).is, 'lost')
})

test('another container says nothing of the command', () => {
  const containerStatuses = [{ name: 'proxy', state: { terminated: { reason: 'OOMKilled' } } }]
  assert.equal(at({ phase: 'Running', containerStatuses }).is, 'waiting')
})
