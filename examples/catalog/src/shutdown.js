/**
 * Leaving without hurting anyone: take no new connections, finish the requests that are under way,
 * and tell their callers to use another connection next time. A request that hangs does not hold a
 * deployment up for long.
 */
const PATIENCE_MS = 5000

/** Ends the process after SIGTERM or SIGINT, once the server has nothing left to do. */
export function leaveOnSignal(server, log) {
  const underWay = new Set()
  let isLeaving = false
  const sayGoodbye = (response) => {
    if (!response.headersSent) response.setHeader('connection', 'close')
  }
  server.prependListener('request', (_, response) => {
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
    if (isLeaving) sayGoodbye(response)
  })
  const leave = (signal) => {
    log.info('leaving', { signal, underWay: underWay.size })
    isLeaving = true
    server.close(() => process.exit(0)) // ends idle connections at once
    underWay.forEach(sayGoodbye)
    setTimeout(() => server.closeAllConnections(), PATIENCE_MS).unref()
  }
  process.once('SIGTERM', leave)
  process.once('SIGINT', leave)
}
