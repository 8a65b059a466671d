import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { headsOf, releasesBetween } from './release-line.ts'

// a ← b ← c ← d, and x on a line of its own from a.
const links = [
  { release: 'd', previous: 'c', merges: [] },
  { release: 'c', previous: 'b', merges: [] },
  { release: 'x', previous: 'a', merges: [] },
  { release: 'b', previous: 'a', merges: [] },
  { release: 'a', previous: null, merges: [] },
]

describe('what lies between two releases', () => {
  const between = (after: string | null, upTo: string) => releasesBetween(links, after, upTo)
  it('is everything after the one, up to the other', () =>
    assert.deepEqual(between('a', 'd'), ['b', 'c', 'd']))
  it('is the whole line when nothing was there', () =>
    assert.deepEqual(between(null, 'c'), ['a', 'b', 'c']))
  it('is nothing for a release and itself, or one before it', () => {
    assert.deepEqual(between('c', 'c'), [])
    assert.deepEqual(between('d', 'b'), [])
  })
  it('is rather too much when the two are on different lines', () =>
    assert.deepEqual(between('x', 'c'), ['a', 'b', 'c']))
  it('is rather too much when the other is not known', () =>
    assert.deepEqual(between('gone', 'b'), ['a', 'b']))
  it('is nothing of what is not known', () => assert.deepEqual(between(null, 'gone'), []))
  it('does not go in circles', () =>
    assert.deepEqual(releasesBetween([{ release: 'a', previous: 'a', merges: ['a'] }], null, 'a'), [
      'a',
    ]))
  it('adds up: a to c is a to b and b to c', () =>
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 20 }), fc.nat(), fc.nat(), fc.nat(), (n, i, j, k) => {
        const line = Array.from({ length: n }, (_, at) => ({
          release: `${at}`,
          previous: at === 0 ? null : `${at - 1}`,
          merges: [],
        }))
        const [a = 0, b = 0, c = 0] = [i % n, j % n, k % n].sort((p, q) => p - q)
        assert.deepEqual(
          [...releasesBetween(line, `${a}`, `${b}`), ...releasesBetween(line, `${b}`, `${c}`)],
          releasesBetween(line, `${a}`, `${c}`),
        )
      }),
    ))
})

// a ← b ← m, and x from a, merged into m; y goes on from x by itself.
const merged = [
  { release: 'y', previous: 'x', merges: [] },
  { release: 'm', previous: 'b', merges: ['x'] },
  { release: 'x', previous: 'a', merges: [] },
  { release: 'b', previous: 'a', merges: [] },
  { release: 'a', previous: null, merges: [] },
]

describe('what lies between two releases where lines were merged', () => {
  const between = (after: string | null, upTo: string) => releasesBetween(merged, after, upTo)
  it('is what the other line brought, too', () => assert.deepEqual(between('b', 'm'), ['x', 'm']))
  it('is what went on beside a hotfix', () => assert.deepEqual(between('x', 'm'), ['b', 'm']))
  it('is nothing of what was merged', () => assert.deepEqual(between('m', 'x'), []))
  it('is each once, after what it came of', () =>
    assert.deepEqual(between(null, 'm').toSorted(), ['a', 'b', 'm', 'x']))
  it('ends where nothing goes on', () => {
    assert.deepEqual(headsOf(merged), ['y', 'm'])
    assert.deepEqual(headsOf(merged.slice(2)), ['x', 'b'])
  })
})
