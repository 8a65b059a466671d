import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { releasesBetween } from './release-line.ts'

// a ← b ← c ← d, and x on a line of its own from a.
const links = [
  { release: 'd', previous: 'c' },
  { release: 'c', previous: 'b' },
  { release: 'x', previous: 'a' },
  { release: 'b', previous: 'a' },
  { release: 'a', previous: null },
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
    assert.deepEqual(releasesBetween([{ release: 'a', previous: 'a' }], null, 'a'), ['a']))
  it('adds up: a to c is a to b and b to c', () =>
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 20 }), fc.nat(), fc.nat(), fc.nat(), (n, i, j, k) => {
        const line = Array.from({ length: n }, (_, at) => ({
          release: `${at}`,
          previous: at === 0 ? null : `${at - 1}`,
        }))
        const [a = 0, b = 0, c = 0] = [i % n, j % n, k % n].sort((p, q) => p - q)
        assert.deepEqual(
          [...releasesBetween(line, `${a}`, `${b}`), ...releasesBetween(line, `${b}`, `${c}`)],
          releasesBetween(line, `${a}`, `${c}`),
        )
      }),
    ))
})
