/**
 * Starts the catalog: reads the environment and the products, listens, and leaves politely on
 * SIGTERM. The only file that reads process.env.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createApp } from './src/app.js'
import { readBuild } from './src/build.js'
import { createLog } from './src/log.js'
import { leaveOnSignal } from './src/shutdown.js'
import { createStore } from './src/store.js'

const { PORT = '3001', HOST = '127.0.0.1' } = process.env
// Longer than any proxy keeps an idle connection: the proxy closes first, so no request meets a
// connection that is just going away.
const KEEP_ALIVE_MS = 65_000

const log = createLog()
const store = createStore(readFileSync(new URL('data/products.json', import.meta.url), 'utf8'))
const app = createApp({ store, log, build: readBuild() })
const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app)
leaveOnSignal(server, log)
server.listen(Number(PORT), HOST, () =>
  log.info('listening', { url: `http://${HOST}:${server.address().port}` }),
)
