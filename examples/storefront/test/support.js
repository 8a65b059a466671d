/** Starts the app on a free loopback port for one test; the test's end stops it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createApp } from '../src/app.js'
import { createProducts } from '../src/products.js'

export const LAMP = { id: 'lamp', name: 'Signal lamp', priceMinor: 4900, currency: 'EUR' }

/** `{ url, logged, charges }`; `t` is the test context, the rest replaces what the app is given. */
export async function startApp(t, { fetchProducts, charge, ...given } = {}) {
  const logged = []
  const charges = []
  const products = createProducts({
    fetchProducts: fetchProducts ?? (async () => [LAMP]),
    fallback: [LAMP],
  })
  const listener = createApp({
    products,
    charge: async (order) => {
      charges.push(order)
      return charge ? charge(order) : 'paid'
    },
    log: { error: (message, fields) => logged.push({ message, ...fields }) },
    ...given,
  })
  return { url: await listen(t, listener), logged, charges }
}

/** Address of a server with this listener. */
export async function listen(t, listener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
