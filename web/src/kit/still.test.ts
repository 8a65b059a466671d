import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { stilled } from './still.ts'

const row = (id: string, says = '') => ({ id, says })
const keyOf = ({ id }: { id: string }) => id

describe('a list that somebody points at', () => {
  it('is as it came while nobody does', () => {
    assert.deepEqual(stilled(undefined, [row('b'), row('a')], keyOf), {
      shown: [row('b'), row('a')],
      newer: 0,
    })
  })
  it('says what is so now, where it stood', () => {
    const now = [row('c'), row('b', 'done'), row('a')]
    const { shown, newer } = stilled([row('a'), row('b', 'runs')], now, keyOf)
    assert.deepEqual(shown, [row('a'), row('b', 'done')])
    assert.equal(newer, 1)
  })
  it('keeps a row that is gone until they turn away', () => {
    assert.deepEqual(stilled([row('a')], [], keyOf).shown, [row('a')])
  })
  it('moves nothing, whatever comes', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'))
    fc.assert(
      fc.property(ids, ids, (held, now) => {
        const at = (all: string[]) => all.map((id) => row(id))
        assert.deepEqual(stilled(at(held), at(now), keyOf).shown.map(keyOf), held)
      }),
    )
  })
})
