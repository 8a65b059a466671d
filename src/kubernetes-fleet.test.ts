import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { makeLogger } from '#engine/log.ts'
import { sizeOf, startKubernetesFleet } from './kubernetes-fleet.ts'
import type { Cluster } from './runner/executors/kubernetes/api.ts'

const policy = {
  ...{ min: 0, max: 5, targetWaitMs: 1_000, slotsPerRunner: 1, idleMs: 100 },
  labels: ['linux'],
}
const job = (expectedMs?: number) => ({ labels: ['linux'], expectedMs })
const runner = (name: string, jobs: number, idleForMs = 0) => ({ name, jobs, idleForMs })

test('replicas grow by what waits, and those that are coming are counted', () => {
  const waiting = [job(), job(), job()]
  assert.equal(sizeOf(policy, { waiting, live: [] }, 'r', 0).replicas, 3)
  assert.equal(sizeOf(policy, { waiting, live: [] }, 'r', 3).replicas, 3)
  assert.equal(sizeOf(policy, { waiting: Array(50).fill(job()), live: [] }, 'r', 0).replicas, 5)
})

test('many short jobs need fewer runners than long ones', () => {
  const short = Array.from({ length: 4 }, () => job(250))
  assert.equal(sizeOf(policy, { waiting: short, live: [] }, 'r', 0).replicas, 1)
})

test('only idle runners of this Deployment go, by name', () => {
  const live = [runner('r-a', 1), runner('r-b', 0, 500), runner('r-c', 0, 50), runner('x', 0, 900)]
  assert.deepEqual(sizeOf(policy, { waiting: [], live }, 'r', 3), { replicas: 2, idle: ['r-b'] })
})

test('law: it never asks for fewer than work, nor for more than may be', () => {
  const one = fc.record({ jobs: fc.nat(1), idleForMs: fc.nat(300) })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 8 }), fc.nat(6), fc.nat(8), (all, wait, before) => {
      const live = all.map((each, i) => ({ ...each, name: `r-${i}` }))
      const waiting = Array.from({ length: wait }, () => job())
      const { replicas, idle } = sizeOf(policy, { waiting, live }, 'r', before)
      const busy = live.filter(({ jobs }) => jobs > 0).map(({ name }) => name)
      assert.ok(!idle.some((name) => busy.includes(name)))
      assert.ok(replicas <= Math.max(policy.max, before))
      // What is under way and was asked for is never asked to go.
      assert.ok(replicas >= Math.min(before, busy.length))
    }),
  )
})

function clusterOf(replicas: number) {
  const asked: [string, string, unknown][] = []
  let version = 7
  const cluster: Cluster = {
    namespace: 'builds',
    exec: () => Promise.reject(new Error('not asked')),
    ask(method, path, body) {
      asked.push([method, path.split('/').slice(-2).join('/'), body])
      const answer = { metadata: { resourceVersion: String(version) }, spec: { replicas } }
      if (method === 'PATCH' && path.endsWith('/scale')) {
        replicas = (body as { spec: { replicas: number } }).spec.replicas
        version++
      }
      return Promise.resolve(answer)
    },
  }
  return { cluster, asked }
}

test('idle pods are marked before their number is lowered, and that is asked once', async (t) => {
  const { cluster, asked } = clusterOf(2)
  const live = [runner('r-a', 0, 500), runner('r-b', 1)]
  const fleet = startKubernetesFleet({
    ...{ policy, cluster, deployment: 'r', log: makeLogger('silent') },
    see: () => Promise.resolve({ waiting: [], live }),
  })
  t.after(() => fleet.stop())
  await fleet.look()
  const cost = { 'controller.kubernetes.io/pod-deletion-cost': '-1000' }
  assert.deepEqual(asked, [
    ['GET', 'r/scale', undefined],
    ['PATCH', 'pods/r-a', { metadata: { annotations: cost } }],
    ['PATCH', 'r/scale', { metadata: { resourceVersion: '7' }, spec: { replicas: 1 } }],
  ])
  live.shift()
  await fleet.look()
  assert.deepEqual(asked.slice(3), [['GET', 'r/scale', undefined]])
})
