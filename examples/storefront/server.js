/**
 * Starts the storefront: reads the environment, listens, and leaves politely on SIGTERM.
 * The only file that reads process.env.
 */
import { createServer } from 'node:http'
import { createApp } from './src/app.js'
import { readBuild } from './src/build.js'
import { catalogClient } from './src/catalog.js'
import { createLog } from './src/log.js'
import { paymentsClient } from './src/payments.js'
import { createProducts, fallbackProducts } from './src/products.js'
import { leaveOnSignal } from './src/shutdown.js'

const { PORT = '3000', HOST = '127.0.0.1', CATALOG_URL, PAYMENTS_URL } = process.env
// Longer than any proxy keeps an idle connection: the proxy closes first, so no request meets a
// connection that is just going away.
const KEEP_ALIVE_MS = 65_000

const log = createLog()
const app = createApp({
  products: createProducts({
    fetchProducts: catalogClient(CATALOG_URL),
    fallback: fallbackProducts(),
  }),
  charge: paymentsClient(PAYMENTS_URL),
  log,
  build: readBuild(),
})
const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app)
leaveOnSignal(server, log)
server.listen(Number(PORT), HOST, () =>
  log.info('listening', { url: `http://${HOST}:${server.address().port}` }),
)
