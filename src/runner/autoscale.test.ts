import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type LiveRunner, scale, type ScalePolicy, type WaitingJob } from './autoscale.ts'

const policy: ScalePolicy = {
  min: 1,
  max: 10,
  targetWaitMs: 60_000,
  slotsPerRunner: 2,
  labels: ['linux', 'gpu'],
  idleMs: 300_000,
}
const job = (expectedMs?: number, labels: readonly string[] = []): WaitingJob => ({
  labels,
  expectedMs,
})
const runner = (name: string, jobs: number, idleForMs = 0): LiveRunner => ({
  name,
  jobs,
  idleForMs,
})
const many = (count: number, expectedMs?: number) =>
  Array.from({ length: count }, () => job(expectedMs))

test('what waits is worked off within the target', () => {
  assert.equal(scale(policy, [], []).desired, 1)
  assert.equal(scale(policy, many(6, 10_000), []).desired, 1)
  assert.equal(scale(policy, many(12, 30_000), []).desired, 3)
  assert.equal(scale(policy, many(6), []).desired, 3)
  assert.deepEqual(scale(policy, many(500), []), { desired: 10, start: 10, stop: [] })
})

test('a long job needs one slot, not many', () => {
  assert.equal(scale(policy, [job(3_600_000)], []).desired, 1)
})

test('jobs that these runners cannot take are not counted', () => {
  const other = Array.from({ length: 50 }, () => job(60_000, ['windows']))
  assert.equal(scale(policy, [...other, job(60_000, ['gpu'])], []).desired, 1)
})

test('what works counts beside what waits', () => {
  const live = [runner('a', 2), runner('b', 2)]
  assert.deepEqual(scale(policy, many(2), live), { desired: 3, start: 1, stop: [] })
})

test('of those that are too many the longest idle goes first, and a fresh one stays', () => {
  const live = [
    runner('a', 1),
    runner('b', 0, 400_000),
    runner('c', 0, 900_000),
    runner('d', 0, 10),
  ]
  assert.deepEqual(scale(policy, [], live).stop, ['c', 'b'])
})

const jobs = fc.array(
  fc.record({
    labels: fc.subarray(['linux', 'gpu', 'windows']),
    expectedMs: fc.option(fc.integer({ min: 1, max: 10_000_000 }), { nil: undefined }),
  }),
  { maxLength: 40 },
)
const runners = fc
  .array(fc.record({ jobs: fc.nat(2), idleForMs: fc.nat(1_000_000) }), { maxLength: 15 })
  .map((list) => list.map((one, i) => ({ ...one, name: `r${i}` })))

test('law: within its bounds, never a busy runner, and never both ways at once', () => {
  fc.assert(
    fc.property(jobs, runners, (waiting, live) => {
      const { desired, start, stop } = scale(policy, waiting, live)
      assert.ok(desired >= policy.min && desired <= policy.max)
      assert.ok(start === 0 || stop.length === 0)
      const busy = new Set(live.filter((one) => one.jobs > 0).map((one) => one.name))
      assert.ok(stop.every((name) => !busy.has(name)))
      assert.ok(live.length + start - stop.length >= Math.min(desired, live.length + start))
    }),
  )
})

test('law: more to do never means fewer runners', () => {
  fc.assert(
    fc.property(jobs, runners, (waiting, live) => {
      const before = scale(policy, waiting, live).desired
      assert.ok(scale(policy, [...waiting, job(1000)], live).desired >= before)
    }),
  )
})
