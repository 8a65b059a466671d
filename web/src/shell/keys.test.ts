import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actOf, type Pressed } from './keys.ts'
import { PAGES } from './pages.ts'

const press = (key: string, how: Partial<Pressed> = {}) =>
  actOf({
    key,
    isCommand: false,
    isInField: false,
    isInDialog: false,
    isGoing: false,
    hasSingleKeys: true,
    ...how,
  })

describe('a key', () => {
  it('goes to a page after g, and nowhere without it', () => {
    assert.deepEqual(press('s', { isGoing: true }), { do: 'go', to: '/services' })
    assert.equal(press('s'), undefined)
    assert.equal(press('x', { isGoing: true }), undefined)
  })
  it('is a letter to whoever writes, or has something open', () => {
    for (const key of ['g', '?', '/', 'j', 'k'])
      for (const how of [{ isInField: true }, { isInDialog: true }, { hasSingleKeys: false }])
        assert.equal(press(key, how), undefined)
  })
  it('searches from anywhere with the command key, even when single keys are off', () => {
    const how = { isCommand: true, isInField: true, hasSingleKeys: false }
    assert.deepEqual(press('K', how), { do: 'search' })
    assert.equal(press('p', how), undefined)
  })
})

it('no two pages have one key, and none has the one that moves on', () => {
  assert.equal(new Set(PAGES.map(({ key }) => key)).size, PAGES.length)
})
