import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { type LoadOptions, startLoad } from './load.ts'
import { call, loopbackOf } from './load-call.ts'

const mix: LoadOptions['mix'] = [
  { method: 'GET', path: '/list', weight: 3 },
  { method: 'POST', path: '/order', weight: 1, body: { product: 'flag' } },
]

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('sends what the mix says, each as somebody else', async (t) => {
  const paths = { 'GET /list': 0, 'POST /order': 0 }
  const visitors = new Set<unknown>()
  const keys = new Set<unknown>()
  const bodies = new Set<string>()
  const url = await serve(t, async (request, response) => {
    paths[`${request.method} ${request.url}` as keyof typeof paths] += 1
    visitors.add(request.headers['x-visitor'])
    keys.add(request.headers['idempotency-key'])
    const body = Buffer.concat(await request.toArray()).toString()
    if (request.method === 'POST') bodies.add(body)
    response.end('{}')
  })
  // As many as may be under way: however slow this machine is just now, all of them are sent.
  const totals = await startLoad({ urls: () => [url], ratePerS: 1000, mix, countMax: 100 }).ended
  assert.deepEqual({ ...totals, urls: 0 }, { ok: 100, bad: 0, unsent: 0, urls: 0 })
  assert.deepEqual(Object.keys(totals.urls), [url])
  assert.deepEqual([visitors.size, keys.size], [100, 100])
  assert.deepEqual(paths, { 'GET /list': 76, 'POST /order': 24 })
  assert.deepEqual([...bodies], ['{"product":"flag"}'])
})

test('5xx, hang-ups and closed ports are bad; 4xx is an answer', async (t) => {
  const failing = await serve(t, (_, response) => void response.writeHead(500).end())
  const hanging = await serve(t, (request) => request.socket.destroy())
  const cutting = await serve(t, (request, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('12345')
    setImmediate(() => request.socket.destroy())
  })
  const refusing = await serve(t, (_, response) => void response.writeHead(404).end())
  const closed = 'http://127.0.0.1:1'
  const urls = [failing, hanging, cutting, refusing, closed]
  const totals = await startLoad({ urls: () => urls, ratePerS: 1000, mix, countMax: 50 }).ended
  assert.deepEqual([totals.ok, totals.bad, totals.unsent], [10, 40, 0])
  const figures = urls.map((url) => [totals.urls[url]?.ok, totals.urls[url]?.bad])
  assert.deepEqual(figures, [
    [0, 10],
    [0, 10],
    [0, 10],
    [10, 0],
    [0, 10],
  ])
})

test('a connection that the server closed while it was idle is no failure', async (t) => {
  const requestsOf = new Map<unknown, number>()
  const url = await serve(t, ({ socket }, response) => {
    const requests = (requestsOf.get(socket) ?? 0) + 1
    requestsOf.set(socket, requests)
    if (requests === 2) socket.destroy()
    else response.end()
  })
  // Two sockets and no more, so that later requests have to use those of the first two.
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })
  t.after(() => agent.destroy())
  const to = loopbackOf(url) ?? assert.fail()
  const visit = () => call(agent, { to, method: 'GET', path: '/', headers: {} })
  assert.deepEqual(await Promise.all([visit(), visit()]), [true, true])
  assert.equal(await visit(), true)
  assert.deepEqual([...requestsOf.values()].toSorted(), [1, 1, 2])
})

test('an answer far too long is bad', async (t) => {
  const url = await serve(t, (_, response) => void response.end(Buffer.alloc(2 * 1024 * 1024)))
  const totals = await startLoad({ urls: () => [url], ratePerS: 1000, mix, countMax: 1 }).ended
  assert.deepEqual([totals.ok, totals.bad], [0, 1])
})

test('a service that hangs does not pile up requests', async (t) => {
  const held: (() => void)[] = []
  const full = Promise.withResolvers<void>()
  const url = await serve(t, (_, response) => {
    if (held.push(() => response.end()) === 100) full.resolve()
  })
  const allDue = Promise.withResolvers<void>()
  let asked = 0
  const urls = () => {
    if ((asked += 1) === 151) allDue.resolve() // once at the start, then once a request
    return [url]
  }
  const load = startLoad({ urls, ratePerS: 1000, mix, countMax: 150 })
  await Promise.all([full.promise, allDue.promise])
  for (const answer of held) answer()
  const totals = await load.ended
  assert.deepEqual([totals.ok, totals.bad, totals.unsent, held.length], [100, 0, 50, 100])
})

test('stop waits for what is under way and sends nothing more', async (t) => {
  const first = Promise.withResolvers<() => void>()
  let requests = 0
  const url = await serve(t, (_, response) => {
    requests += 1
    first.resolve(() => response.end())
  })
  const load = startLoad({ urls: () => [url], ratePerS: 0.1, mix })
  const answer = await first.promise
  const stopped = load.stop()
  answer()
  const totals = await stopped
  assert.deepEqual([totals.ok, totals.bad, requests], [1, 0, 1])
  assert.deepEqual([await load.stop(), await load.ended], [totals, totals])
})

test('ends by itself after its duration', async (t) => {
  const url = await serve(t, (_, response) => void response.end())
  const totals = await startLoad({ urls: () => [url], ratePerS: 50, mix, durationMs: 40 }).ended
  assert.ok(totals.ok >= 1)
})

test('addresses may come, go and break, and nothing leaves the machine', async (t) => {
  const url = await serve(t, (_, response) => void response.end())
  let asked = 0
  const urls = () => {
    asked += 1
    if (asked === 2) throw new Error('who knows')
    if (asked === 3) return ['http://192.0.2.1:80']
    return asked === 1 || asked === 4 ? [] : [url]
  }
  const totals = await startLoad({ urls, ratePerS: 1000, mix, countMax: 10 }).ended
  assert.deepEqual([totals.ok, totals.bad, totals.unsent], [7, 0, 3])
})

test('only loopback is an address', () => {
  assert.deepEqual(loopbackOf('http://127.0.0.1:4500'), { host: '127.0.0.1', port: 4500 })
  assert.deepEqual(loopbackOf('http://127.9.9.9/x'), { host: '127.9.9.9', port: 80 })
  assert.deepEqual(loopbackOf('http://[::1]:1'), { host: '::1', port: 1 })
  assert.deepEqual(loopbackOf('http://localhost:1'), { host: '127.0.0.1', port: 1 })
  for (const url of [
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@example.com',
    'http://0.0.0.0:1',
    'http://[::ffff:10.0.0.1]',
    'https://127.0.0.1',
    'file:///etc/passwd',
    '127.0.0.1',
    '',
  ]) {
    assert.equal(loopbackOf(url), undefined, url)
    assert.throws(() => startLoad({ urls: () => [url], ratePerS: 1, mix }), {
      code: 'demo.load-not-loopback',
    })
  }
})

test('options out of bounds are refused before anything is sent', () => {
  const refused = (options: Partial<LoadOptions>) =>
    assert.throws(() => startLoad({ urls: () => [], ratePerS: 1, mix, ...options }), {
      code: 'demo.load-bad',
    })
  for (const ratePerS of [0, -1, NaN, Infinity, 1001]) refused({ ratePerS })
  for (const countMax of [0, NaN, 1e9]) refused({ countMax })
  for (const durationMs of [0, NaN, 1e9]) refused({ durationMs })
  refused({ mix: [] })
  for (const path of ['', 'x', 'http://example.com/', '/a b', '/a\r\nx: y'])
    refused({ mix: [{ method: 'GET', path, weight: 1 }] })
  for (const weight of [0, -1, NaN, Infinity])
    refused({ mix: [{ method: 'GET', path: '/', weight }] })
})
