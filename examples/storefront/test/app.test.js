import assert from 'node:assert/strict'
import test from 'node:test'
import { LAMP, startApp } from './support.js'

const checkout = (url, body, headers = {}) =>
  fetch(`${url}/api/checkout`, {
    method: 'POST',
    body,
    headers: { 'x-visitor': 'mary', ...headers },
  })

test('the page lists what the catalog has', async (t) => {
  const { url } = await startApp(t)
  const response = await fetch(url)
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type'), /^text\/html/)
  const body = await response.text()
  assert.match(body, /Signal lamp.*EUR 49\.00/)
  assert.doesNotMatch(body, /a little old/)
})

test('the shop sells while the catalog is down', async (t) => {
  const fetchProducts = async () => Promise.reject(new Error('down'))
  const { url, logged } = await startApp(t, { fetchProducts })
  const listed = await (await fetch(`${url}/api/products?visitor=mary`)).json()
  assert.deepEqual(listed, { source: 'fallback', items: [LAMP] })
  assert.match(await (await fetch(url)).text(), /a little old/)
  assert.equal((await checkout(url, '{"product":"lamp"}')).status, 201)
  assert.deepEqual(logged, [])
})

test('a checkout charges what the basket costs, by the key of the caller', async (t) => {
  const { url, charges } = await startApp(t)
  const response = await checkout(url, '{"product":"lamp","quantity":2}', {
    'idempotency-key': 'order-1',
  })
  assert.equal(response.status, 201)
  const order = { product: 'lamp', quantity: 2, amountMinor: 9800, currency: 'EUR' }
  assert.deepEqual(await response.json(), { order: 'order-1', ...order, status: 'paid' })
  assert.deepEqual(charges, [{ id: 'order-1', ...order }])
})

for (const [outcome, status] of [
  ['pending', 202],
  ['declined', 402],
])
  test(`a ${outcome} charge answers ${status}`, async (t) => {
    const { url } = await startApp(t, { charge: async () => outcome })
    const response = await checkout(url, '{"product":"lamp"}')
    assert.equal(response.status, status)
    assert.equal((await response.json()).status, outcome)
  })

test('a bad basket is refused with a sentence and nothing is charged', async (t) => {
  const { url, charges } = await startApp(t)
  const answers = []
  for (const body of ['{', '{"product":"rocket"}', '{"product":"lamp","quantity":0}', 'null']) {
    const response = await checkout(url, body)
    answers.push([response.status, (await response.json()).error])
  }
  assert.deepEqual(answers, [
    [400, 'the body is not JSON'],
    [422, "there is no product 'rocket'; GET /api/products lists them"],
    [422, 'quantity must be a whole number from 1 to 20'],
    [422, "there is no product 'undefined'; GET /api/products lists them"],
  ])
  assert.deepEqual(charges, [])
})

test('a huge body is refused and the shop goes on', async (t) => {
  const { url } = await startApp(t)
  const response = await checkout(url, 'x'.repeat(100_000))
  assert.equal(response.status, 400)
  assert.match((await response.json()).error, /exceeds 16384 bytes/)
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
})

test('what breaks in a route is one logged 500 and says nothing of the inside', async (t) => {
  const charge = async () => Promise.reject(new Error('no more memory'))
  const { url, logged } = await startApp(t, { charge })
  const response = await checkout(url, '{"product":"lamp"}')
  assert.equal(response.status, 500)
  assert.deepEqual(await response.json(), { error: 'something broke on our side' })
  const [line] = logged
  assert.equal(logged.length, 1)
  assert.deepEqual(line, {
    message: 'request failed',
    method: 'POST',
    path: '/api/checkout',
    visitor: 'mary',
    reason: 'Error: no more memory',
  })
})

test('health names the build; anything else is 404', async (t) => {
  const { url } = await startApp(t, { build: 'sha256:abc' })
  const health = await fetch(`${url}/healthz`)
  assert.deepEqual(await health.json(), { status: 'ok', build: 'sha256:abc' })
  assert.equal((await fetch(`${url}/nowhere`)).status, 404)
  assert.equal((await fetch(`${url}/healthz`, { method: 'POST', body: '1' })).status, 404)
})
