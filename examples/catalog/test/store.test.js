import assert from 'node:assert/strict'
import test from 'node:test'
import { createStore } from '../src/store.js'

const LAMP = {
  id: 'lamp',
  name: 'Signal lamp',
  category: 'signals',
  priceMinor: 4900,
  currency: 'EUR',
  stock: 12,
}
const store = (...products) => createStore(JSON.stringify(products))

test('a product that could not be sold keeps the catalog from starting', () => {
  assert.throws(() => store(LAMP, { ...LAMP, id: 'x', priceMinor: 0.5 }), /product 1 \(x\).*cents/)
  assert.throws(() => store({ ...LAMP, currency: 'euro' }), /like EUR/)
  assert.throws(() => store({ ...LAMP, stock: -1 }), /stock/)
  assert.throws(() => store({ ...LAMP, name: '' }), /name/)
  assert.throws(() => store(LAMP, LAMP), /its id is taken/)
  assert.throws(() => store(null), /product 0/)
  assert.throws(() => createStore('{}'), /must be a list/)
})

test('nobody can change a product by holding it', () => {
  assert.throws(() => {
    store(LAMP).find('lamp').priceMinor = 1
  }, TypeError)
})
