import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matching, searchTerms } from './search-terms.ts'

const NOTHING = { ids: [], hashes: [], versions: [], tickets: [], names: [] }

describe('what is searched for', () => {
  it('is known by its form', () => {
    assert.deepEqual(searchTerms('run_01ABC'), { ...NOTHING, ids: ['run_01abc'] })
    assert.deepEqual(searchTerms('sha256:0123456789ab'), { ...NOTHING, hashes: ['0123456789ab'] })
    assert.deepEqual(searchTerms('Shop v1.4'), { ...NOTHING, names: ['shop'], versions: ['1.4'] })
    assert.deepEqual(searchTerms('shop@1.4.0-rc.1'), {
      ...NOTHING,
      names: ['shop'],
      versions: ['1.4.0-rc.1'],
    })
  })
  it('may be a ticket, and a name that looks like one', () => {
    assert.deepEqual(searchTerms('shop-12 #34'), {
      ...NOTHING,
      tickets: ['SHOP-12', '#34'],
      names: ['shop-12'],
    })
  })
  it('may be a hash and a name at once', () => {
    assert.deepEqual(searchTerms('facade1'), {
      ...NOTHING,
      hashes: ['facade1'],
      names: ['facade1'],
    })
  })
  it('is nothing when nothing was typed', () => assert.deepEqual(searchTerms(' "" '), NOTHING))
  it('is bounded, whatever was pasted', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (text) => {
        const all = Object.values(searchTerms(text)).flat()
        assert.ok(new Set(all).size <= 16)
      }),
    )
  })
})

describe('names', () => {
  const named = (...names: string[]) => names.map((name) => ({ name }))
  it('that begin with it stand before those that have it within', () => {
    assert.deepEqual(
      matching(named('web-shop', 'shop-api', 'shop', 'cart'), ['shop']).map(({ name }) => name),
      ['shop', 'shop-api', 'web-shop'],
    )
  })
  it('have every part', () => {
    assert.deepEqual(matching(named('shop-api', 'shop'), ['shop', 'api']), named('shop-api'))
  })
  it('are not all meant by nothing', () => assert.deepEqual(matching(named('shop'), []), []))
})
