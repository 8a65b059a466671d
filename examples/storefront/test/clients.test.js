import assert from 'node:assert/strict'
import test from 'node:test'
import { catalogClient } from '../src/catalog.js'
import { paymentsClient } from '../src/payments.js'
import { LAMP, listen } from './support.js'

const ORDER = { id: 'order-1', product: 'lamp', amountMinor: 4900, currency: 'EUR' }
/** A busy machine is no slow service. */
const PATIENT_MS = 10_000
const answering = (status, body) => (request, response) => {
  request.resume()
  response.writeHead(status).end(body)
}

test('the catalog is asked for its products', async (t) => {
  const url = await listen(t, answering(200, JSON.stringify({ products: [LAMP] })))
  assert.deepEqual(await catalogClient(url, PATIENT_MS)(), [LAMP])
})

test('no address, a bad answer and no list are all no catalog', async (t) => {
  await assert.rejects(catalogClient(undefined, PATIENT_MS)(), /no CATALOG_URL/)
  const broken = await listen(t, answering(503, ''))
  await assert.rejects(catalogClient(broken, PATIENT_MS)(), /answered 503/)
  const odd = await listen(t, answering(200, '{}'))
  await assert.rejects(catalogClient(odd, PATIENT_MS)(), /no list/)
})

test('payments says paid or declined', async (t) => {
  const paid = await listen(t, answering(201, '{}'))
  assert.equal(await paymentsClient(paid, PATIENT_MS)(ORDER), 'paid')
  const declined = await listen(t, answering(402, '{}'))
  assert.equal(await paymentsClient(declined, PATIENT_MS)(ORDER), 'declined')
})

test('a charge carries its key, so that it happens once', async (t) => {
  let seen
  const url = await listen(t, async (request, response) => {
    seen = { key: request.headers['idempotency-key'], body: '' }
    for await (const chunk of request) seen.body += chunk
    response.end('{}')
  })
  await paymentsClient(url, PATIENT_MS)(ORDER)
  const body = '{"amountMinor":4900,"currency":"EUR","reference":"order-1"}'
  assert.deepEqual(seen, { key: 'order-1', body })
})

test('an order stands while payments is absent, broken or silent', async (t) => {
  assert.equal(await paymentsClient(undefined, PATIENT_MS)(ORDER), 'pending')
  const broken = await listen(t, answering(500, ''))
  assert.equal(await paymentsClient(broken, PATIENT_MS)(ORDER), 'pending')
  const closed = await listen(t, (request) => request.socket.destroy())
  assert.equal(await paymentsClient(closed, PATIENT_MS)(ORDER), 'pending')
  const silent = await listen(t, () => {})
  assert.equal(await paymentsClient(silent, 20)(ORDER), 'pending')
})
