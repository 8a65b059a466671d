import assert from 'node:assert/strict'
import test from 'node:test'
import { makeLogger } from '#engine/log.ts'
import { type LocalRunner, startLocalFleet } from './local-fleet.ts'
import type { LiveRunner, WaitingJob } from './runner/autoscale.ts'

const quiet = makeLogger('silent')
const policy = {
  min: 0,
  max: 3,
  targetWaitMs: 1_000,
  slotsPerRunner: 1,
  labels: ['linux'],
  idleMs: 100,
}
const job: WaitingJob = { labels: ['linux'] }

function fleetOf(t: { after(end: () => void): void }) {
  const running = new Map<string, { drained: boolean; alive: boolean }>()
  const world = { waiting: [] as WaitingJob[], live: [] as LiveRunner[] }
  const fleet = startLocalFleet({
    policy,
    log: quiet,
    see: () => Promise.resolve(world),
    start(name): LocalRunner {
      const state = { drained: false, alive: true }
      running.set(name, state)
      return { drain: () => (state.drained = true), isAlive: () => state.alive }
    },
  })
  t.after(() => fleet.stop())
  return { fleet, running, world }
}

test('what waits is given runners, up to as many as there may be', async (t) => {
  const { fleet, running, world } = fleetOf(t)
  world.waiting = [job, job, job, job, { labels: ['gpu'] }]
  await fleet.look()
  assert.deepEqual([...running.keys()], ['local-1', 'local-2', 'local-3'])
  // Not heard of yet, they are not started again.
  await fleet.look()
  assert.equal(running.size, 3)
})

test('scale-in stops idle runners only, and never one that has a job', async (t) => {
  const { fleet, running, world } = fleetOf(t)
  world.waiting = [job, job, job]
  await fleet.look()
  world.waiting = []
  world.live = [
    { name: 'local-1', jobs: 1, idleForMs: 0 },
    { name: 'local-2', jobs: 0, idleForMs: 500 },
    { name: 'local-3', jobs: 0, idleForMs: 50 },
  ]
  await fleet.look()
  const drained = () => [...running].filter(([, { drained: is }]) => is).map(([name]) => name)
  assert.deepEqual(drained(), ['local-2'])
  world.live = [{ name: 'local-1', jobs: 1, idleForMs: 9_000 }]
  await fleet.look()
  assert.deepEqual(drained(), ['local-2'])
})

test('one that died unheard is missed at the next look, and started again', async (t) => {
  const { fleet, running, world } = fleetOf(t)
  world.waiting = [job]
  await fleet.look()
  const first = running.get('local-1')
  assert.ok(first)
  first.alive = false
  await fleet.look()
  assert.notEqual(running.get('local-1'), first)
})
