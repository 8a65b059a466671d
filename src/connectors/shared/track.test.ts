import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { grown, type Track } from './track.ts'

const track = (...points: (readonly [at: number, value: number])[]): Track => ({
  points: points.map(([at, value]) => ({ at, values: [value] })),
})
const between = (
  tracks: readonly Track[],
  from: number,
  to: number,
  seenAt: readonly number[] = [],
) => grown(tracks, { from, to, seenAt, width: 1 })[0]

describe('a counter', () => {
  it('is read off the line through its samples', () => {
    const one = track([0, 100], [15, 115], [30, 130])
    assert.equal(between([one], 0, 15), 15)
    assert.equal(between([one], 5, 25), 20)
  })
  it('counts whole events, each once', () => {
    const one = track([0, 7], [15, 8], [30, 8])
    const ticks = [0, 5, 10, 15, 20].map((from) => between([one], from, from + 5))
    assert.deepEqual(ticks, [0, 0, 1, 0, 0])
  })
  it('that was restarted goes on from zero', () => {
    assert.equal(between([track([0, 1_000], [10, 1_010], [20, 4], [30, 9])], 0, 30), 10 + 4 + 5)
  })
  it('that nobody had seen before counts from its first sample', () => {
    assert.equal(between([track([10, 500], [20, 520])], 0, 20), 20)
  })
  it('that appears beside others began at zero: the first failure is one', () => {
    assert.equal(between([track([10, 1], [20, 1])], 0, 20, [0, 10, 20]), 1)
  })
  it('that has gone stays what it was', () => {
    assert.equal(between([track([0, 3], [10, 5])], 0, 30, [0, 10, 20, 30]), 2)
  })
  it('adds up with others before it is cut to whole events', () => {
    const halves = [track([0, 0], [10, 1]), track([0, 0], [10, 1])]
    assert.equal(between(halves, 0, 5), 1)
  })
  it('never loses nor repeats an event, however time is cut', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(50)), {
          minLength: 2,
          maxLength: 20,
        }),
        fc.array(fc.nat(600), { maxLength: 20 }),
        (steps, cuts) => {
          let [at, value] = [0, 0]
          const points = steps.map(([later, more]) => {
            at += later
            value += more
            return [at, value] as const
          })
          const one = [track(...points)]
          const [first = 0, last = 0] = [points[0]?.[0], points.at(-1)?.[0]]
          const inside = cuts.filter((cut) => cut > first && cut < last)
          const edges = [first, ...inside.toSorted((a, b) => a - b), last]
          const parts = edges.slice(1).map((to, i) => between(one, edges[i] ?? 0, to) ?? 0)
          const sum = parts.reduce((all, part) => all + part, 0)
          assert.equal(sum, between(one, first, last))
          assert.ok(parts.every((part) => Number.isInteger(part) && part >= 0))
        },
      ),
    ))
})
