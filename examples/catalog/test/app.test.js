import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import test from 'node:test'
import { createApp } from '../src/app.js'
import { createStore } from '../src/store.js'

const text = readFileSync(new URL('../data/products.json', import.meta.url), 'utf8')

/** A function that asks the app and gives back status and body. */
async function startApp(t, given = {}) {
  const logged = []
  const log = { error: (message, fields) => logged.push({ message, ...fields }) }
  const server = createServer(createApp({ store: createStore(text), log, ...given }))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const ask = async (path, init) => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, init)
    return [response.status, await response.json()]
  }
  return { ask, logged }
}

test('lists all products, or those of a category', async (t) => {
  const { ask } = await startApp(t)
  const [status, { products }] = await ask('/products')
  assert.equal(status, 200)
  assert.equal(products.length, JSON.parse(text).length)
  const [, box] = await ask('/products?category=box')
  assert.deepEqual(
    box.products.map(({ id }) => id),
    ['lever', 'bell'],
  )
})

test('finds one product, or says which there is not', async (t) => {
  const { ask } = await startApp(t)
  const [status, product] = await ask('/products/lamp')
  assert.deepEqual([status, product.name, product.priceMinor], [200, 'Signal lamp', 4900])
  assert.deepEqual(await ask('/products/rocket'), [404, { error: "there is no product 'rocket'" }])
  assert.deepEqual(await ask('/products/__proto__'), [404, { error: 'no such page' }])
})

test('an address that is none is no reason to die', async (t) => {
  const { ask } = await startApp(t)
  assert.deepEqual(await ask('//'), [404, { error: 'no such page' }])
  assert.equal((await ask('/products?category=%'))[0], 200)
})

test('is read only and names its build', async (t) => {
  const { ask } = await startApp(t, { build: 'sha256:abc' })
  assert.equal((await ask('/products', { method: 'POST', body: '{}' }))[0], 405)
  assert.deepEqual(await ask('/healthz'), [200, { status: 'ok', build: 'sha256:abc' }])
})

test('what breaks is one logged 500', async (t) => {
  const list = () => {
    throw new Error('no more memory')
  }
  const { ask, logged } = await startApp(t, { store: { list } })
  assert.deepEqual(await ask('/products'), [500, { error: 'something broke on our side' }])
  const line = { message: 'request failed', path: '/products', reason: 'Error: no more memory' }
  assert.deepEqual(logged, [line])
})
