import assert from 'node:assert/strict'
import test from 'node:test'
import { createProducts, fallbackProducts } from '../src/products.js'
import { LAMP } from './support.js'

const OLD = { ...LAMP, id: 'old', retired: true }
const FLAG = { ...LAMP, id: 'flag' }

test('asks the catalog once a second and leaves retired products out', async () => {
  let now = 0
  let calls = 0
  const fetchProducts = async () => {
    calls += 1
    return [LAMP, OLD]
  }
  const products = createProducts({ fetchProducts, fallback: [], now: () => now })
  await Promise.all([products.list(), products.list()])
  assert.deepEqual(await products.list(), { source: 'catalog', items: [LAMP] })
  assert.equal(calls, 1)
  now = 1000
  await products.list()
  assert.equal(calls, 2)
})

test('keeps the last list that the catalog gave', async () => {
  let now = 0
  const answers = [async () => [FLAG], async () => Promise.reject(new Error('down'))]
  const fetchProducts = () => answers.shift()()
  const products = createProducts({ fetchProducts, fallback: [LAMP], now: () => now })
  await products.list()
  now = 1000
  await products.list() // starts the call that fails
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(await products.list(), { source: 'fallback', items: [FLAG] })
})

test('nobody waits for a slow catalog twice', async () => {
  let now = 0
  const answers = [async () => [FLAG], () => new Promise(() => {})]
  const fetchProducts = () => answers.shift()()
  const products = createProducts({ fetchProducts, fallback: [], now: () => now })
  await products.list()
  now = 1000
  assert.deepEqual(await products.list(), { source: 'catalog', items: [FLAG] })
})

test('the fallback can be sold', () => {
  const fallback = fallbackProducts()
  assert.ok(fallback.length > 0)
  for (const { id, name, priceMinor, currency } of fallback) {
    assert.match(id, /^[a-z]+$/)
    assert.ok(name.length > 0 && currency === 'EUR')
    assert.ok(Number.isInteger(priceMinor) && priceMinor > 0)
  }
})
