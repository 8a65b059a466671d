/**
 * The storefront's routes as one request listener. Whatever it depends on is handed in, so that a
 * test needs no other service, and whatever goes wrong in a route ends as one logged 500.
 */
import { randomUUID } from 'node:crypto'
import { orderFrom } from './checkout.js'
import { page } from './page.js'
import { readJson, visitorOf } from './request.js'

const STATUS_OF_CHARGE = { paid: 201, pending: 202, declined: 402 }

/** Listener for `createServer`. `charge(order)` resolves to `paid`, `declined` or `pending`. */
export function createApp({ products, charge, log, build = 'dev' }) {
  const routes = {
    'GET /': async () => html(page(await products.list())),
    'GET /api/products': async () => json(200, await products.list()),
    'POST /api/checkout': (request) => checkout(request, { products, charge }),
    'GET /healthz': async () => json(200, { status: 'ok', build }),
  }
  return async (request, response) => {
    const path = request.url.split('?', 1)[0]
    const route = routes[`${request.method} ${path}`]
    try {
      send(request, response, route ? await route(request) : json(404, { error: 'no such page' }))
    } catch (error) {
      const visitor = visitorOf(request)
      log.error('request failed', { method: request.method, path, visitor, reason: String(error) })
      send(request, response, json(500, { error: 'something broke on our side' }))
    }
  }
}

async function checkout(request, { products, charge }) {
  const body = await readJson(request)
  if (body.error) return json(400, body)
  const { items } = await products.list()
  const order = orderFrom(body.value, items)
  if (order.error) return json(422, order)
  const id = request.headers['idempotency-key'] ?? randomUUID()
  const status = await charge({ id, ...order })
  return json(STATUS_OF_CHARGE[status], { order: id, ...order, status })
}

const json = (status, value) => ({ status, type: 'application/json', body: JSON.stringify(value) })
const html = (body) => ({ status: 200, type: 'text/html; charset=utf-8', body })

function send(request, response, { status, type, body }) {
  if (response.destroyed) return
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    // A body that nobody read to its end would be taken for the next request.
    ...(request.complete || request.method === 'GET' ? {} : { connection: 'close' }),
  })
  response.end(body)
}
