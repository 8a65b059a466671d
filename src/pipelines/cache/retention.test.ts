import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { keepWithin, type Weighed } from './retention.ts'

const DAY = 24 * 60 * 60 * 1000
const entry = (id: string, usedAt: number, blobs: Readonly<Record<string, number>>): Weighed => ({
  id,
  usedAt,
  blobs: new Map(Object.entries(blobs)),
})
const entries: fc.Arbitrary<Weighed[]> = fc
  .array(fc.tuple(fc.nat(100), fc.subarray(['a', 'b', 'c', 'd', 'e'], { minLength: 1 })), {
    maxLength: 20,
  })
  .map((all) =>
    all.map(([usedAt, names], i) =>
      entry(String(i), usedAt, Object.fromEntries(names.map((name, k) => [name, 10 + k]))),
    ),
  )

describe('cache retention', () => {
  it('keeps no more than it may, and nothing older than it may', () =>
    fc.assert(
      fc.property(entries, fc.nat(100), fc.nat(100), (all, ageMs, bytesMax) => {
        const kept = keepWithin(all, { now: 100, ageMs, bytesMax })
        assert.ok(kept.sizeBytes <= bytesMax)
        for (const one of all)
          if (100 - one.usedAt > ageMs) assert.ok(kept.dropped.includes(one.id))
      }),
    ))

  it('has every blob of what it keeps, and drops nothing that was wanted later', () =>
    fc.assert(
      fc.property(entries, fc.nat(100), (all, bytesMax) => {
        const kept = keepWithin(all, { now: 100, ageMs: 1000, bytesMax })
        const isDropped = ({ id }: Weighed) => kept.dropped.includes(id)
        for (const one of all.filter((each) => !isDropped(each)))
          for (const digest of one.blobs.keys()) assert.ok(kept.blobs.has(digest))
        const oldest = Math.min(...all.filter((each) => !isDropped(each)).map((e) => e.usedAt))
        for (const one of all.filter(isDropped)) assert.ok(one.usedAt <= oldest)
      }),
    ))

  it('counts a blob once that two share', () => {
    const all = [entry('1', 9, { a: 60, b: 10 }), entry('2', 8, { a: 60, c: 10 })]
    const kept = keepWithin(all, { now: 10, ageMs: DAY, bytesMax: 80 })
    assert.deepEqual([kept.dropped, kept.sizeBytes], [[], 80])
    assert.deepEqual(keepWithin(all, { now: 10, ageMs: DAY, bytesMax: 79 }).dropped, ['2'])
  })
})
