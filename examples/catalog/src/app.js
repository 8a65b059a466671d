/** The catalog's routes as one request listener: read only, so a GET is all it knows. */

/** Listener for `createServer`. */
export function createApp({ store, log, build = 'dev' }) {
  return (request, response) => {
    const [path, query] = request.url.split('?', 2)
    try {
      const [status, value] = answer({ method: request.method, path, query }, store, build)
      send(response, status, value)
    } catch (error) {
      log.error('request failed', { path, reason: String(error) })
      send(response, 500, { error: 'something broke on our side' })
    }
  }
}

function answer({ method, path, query }, store, build) {
  if (method !== 'GET') return [405, { error: 'the catalog is read only' }]
  if (path === '/healthz') return [200, { status: 'ok', build }]
  if (path === '/products')
    return [200, { products: store.list({ category: new URLSearchParams(query).get('category') }) }]
  const id = /^\/products\/([a-z0-9-]+)$/.exec(path)?.[1]
  const product = id && store.find(id)
  if (product) return [200, product]
  return [404, { error: id ? `there is no product '${id}'` : 'no such page' }]
}

function send(response, status, value) {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
