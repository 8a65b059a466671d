import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Counters, startMeter, tickFrom } from './ticks.ts'

const boundsMs = [10, 20, 40]
const arms = { canary: 'new', stable: 'old', boundsMs, tickMs: 10_000 }
const counted = (
  group: string,
  instance: string,
  requests: number,
  bad: number,
  latency: readonly number[] = [requests, 0, 0, 0],
): Counters => ({ group, instance, requests, bad, latency })
const first = [
  counted('new', 'a', 100, 10),
  counted('old', 'b', 900, 9),
  counted('old', 'c', 800, 8),
]

describe('a tick', () => {
  it('is what the counters grew by, by arm and by stable instance', () => {
    const now = [
      counted('new', 'a', 150, 12),
      counted('old', 'b', 1_000, 9),
      counted('old', 'c', 850, 10),
      counted('other', 'd', 5, 0),
    ]
    const { ranks, ...told } = tickFrom(startMeter(first), now, arms).tick
    assert.equal(ranks?.[0], 50)
    assert.deepEqual(told, {
      canary: { requests: 50, bad: 2, slow: 0, slow90: 0, p99Ms: 10 },
      stable: { requests: 150, bad: 2, slow: 0, slow90: 0, p99Ms: 10 },
      past: { requests: 1700, bad: 17 },
      pods: [
        { id: 'b', requests: 100, bad: 0 },
        { id: 'c', requests: 50, bad: 2 },
      ],
    })
  })
  it('knows nothing when there is nothing to subtract from', () =>
    assert.deepEqual(tickFrom(undefined, first, arms).tick, {
      canary: null,
      stable: null,
      pods: [],
    }))
  it('tells what the stable release had counted before, once', () => {
    const one = tickFrom(startMeter(first), first, arms)
    assert.deepEqual(one.tick.past, { requests: 1700, bad: 17 })
    const noise = { phi: 1.5, sigma: 0.1 }
    const known = tickFrom(startMeter(first), first, { ...arms, noise })
    assert.deepEqual(known.tick.past, { requests: 1700, bad: 17, ...noise })
    assert.equal(tickFrom(one.meter, first, arms).tick.past, undefined)
    const { meter } = tickFrom(undefined, first, arms)
    assert.equal(tickFrom(meter, first, arms).tick.past, undefined)
  })
  it('goes on after that', () => {
    const { meter } = tickFrom(undefined, first, arms)
    const again = tickFrom(meter, first, arms).tick
    assert.deepEqual(again.canary, { requests: 0, bad: 0, slow: 0, slow90: 0 })
  })
  it('takes a new instance whole', () => {
    const now = [...first, counted('new', 'e', 7, 1)]
    assert.deepEqual(tickFrom(startMeter(first), now, arms).tick.canary, {
      requests: 7,
      bad: 1,
      slow: 0,
      slow90: 0,
      p99Ms: 10,
    })
  })
  it('leaves out an instance that began to count anew', () => {
    const now = [counted('new', 'a', 3, 0), ...first.slice(1)]
    assert.equal(tickFrom(startMeter(first), now, arms).tick.canary, null)
  })
  it('has no slow requests where no durations are told', () => {
    const bare = (n: number) => [counted('new', 'a', n, 1, []), counted('old', 'b', n, 1, [])]
    const { tick } = tickFrom(startMeter(bare(0)), bare(10), arms)
    assert.deepEqual(tick.canary, { requests: 10, bad: 0 })
    assert.equal(tick.ranks, undefined)
  })
  it('has no stable arm where there is none', () => {
    const { tick } = tickFrom(startMeter(first), first, { ...arms, stable: undefined })
    assert.equal(tick.stable, null)
  })
})

describe('slow requests', () => {
  const old = (n: number, latency: readonly number[]) => counted('old', 'b', n, 0, latency)
  const fresh = (n: number, latency: readonly number[]) => counted('new', 'a', n, 0, latency)
  it('are counted against the stable release of the ticks before, never of the tick itself', () => {
    const start = startMeter([old(0, [0, 0, 0, 0]), fresh(0, [0, 0, 0, 0])])
    const one = tickFrom(start, [old(100, [100, 0, 0, 0]), fresh(10, [0, 0, 0, 10])], arms)
    assert.equal(one.tick.canary?.slow, 0)
    const two = tickFrom(one.meter, [old(200, [199, 0, 0, 1]), fresh(20, [5, 0, 0, 15])], arms)
    assert.deepEqual([two.tick.canary?.slow, two.tick.stable?.slow], [5, 1])
  })
  it('are compared with a past that fades', () => {
    const start = startMeter([old(0, [0, 0, 0, 0])])
    let { meter } = tickFrom(start, [old(1_000, [1_000, 0, 0, 0])], arms)
    assert.deepEqual(meter.baseline, [1_000, 0, 0, 0])
    meter = tickFrom(meter, [old(1_010, [1_010, 0, 0, 0])], { ...arms, tickMs: 120_000 }).meter
    assert.deepEqual(meter.baseline, [510, 0, 0, 0])
  })
  it('are compared with the last that was seen of the stable release, once it is gone', () => {
    const { meter } = tickFrom(startMeter([old(0, [0, 0, 0, 0])]), [old(90, [90, 0, 0, 0])], arms)
    const later = tickFrom(meter, [old(90, [90, 0, 0, 0])], { ...arms, tickMs: 600_000 }).meter
    assert.deepEqual(later.baseline, [90, 0, 0, 0])
  })
})
