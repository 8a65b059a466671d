import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { Fault } from '#kernel/fault.ts'
import { makeWire, mayHeal, pauseMs, persist, readAll } from './wire.ts'

async function serve(t: TestContext, handler: http.RequestListener) {
  const server = http.createServer(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return makeWire(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token')
}
const signal = new AbortController().signal

test('a refusal keeps its code, and says whether waiting may help', async (t) => {
  let answer = { status: 200, body: '' }
  const wire = await serve(t, (_, response) => {
    response.writeHead(answer.status).end(answer.body)
  })
  const rows: [status: number, body: object | string, code: string, heals: boolean][] = [
    [409, { code: 'run.lease-lost' }, 'run.lease-lost', false],
    [401, { code: 'access.unauthenticated' }, 'runner.token-refused', false],
    [403, {}, 'runner.token-refused', false],
    [400, 'no JSON', 'server.refused', false],
    [422, '[1]', 'server.refused', false],
    [429, {}, 'server.failing', true],
    [500, '<html>', 'server.failing', true],
    [500, { code: 'blob.missing' }, 'blob.missing', false],
    [502, '<html>', 'server.failing', true],
    [503, { code: 'database.away' }, 'database.away', true],
  ]
  for (const [status, body, code, heals] of rows) {
    answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) }
    const error: unknown = await wire({ method: 'GET', path: '/x' }).catch((e: unknown) => e)
    assert.ok(error instanceof Fault)
    assert.deepEqual([error.code, mayHeal(error)], [code, heals], `${status} ${answer.body}`)
  }
  answer = { status: 404, body: '' }
  const found = await wire({ method: 'GET', path: '/x' })
  assert.equal(found.statusCode, 404)
})

test('a server that is away, or goes away half-way, is worth another try', async (t) => {
  const nobody = makeWire('http://127.0.0.1:1', 'token')
  await assert.rejects(nobody({ method: 'GET', path: '/x' }), {
    code: 'server.unreachable',
    retry: true,
  })
  const wire = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half')
    response.socket?.end()
  })
  const answer = await wire({ method: 'GET', path: '/x' })
  await assert.rejects(readAll(answer, 1000), { code: 'server.unreachable', retry: true })
})

test('an answer that is larger than it may be is not swallowed', async (t) => {
  const wire = await serve(t, (_, response) => response.end('x'.repeat(1000)))
  const answer = await wire({ method: 'GET', path: '/x' })
  await assert.rejects(readAll(answer, 999), { code: 'server.answer-too-large' })
})

test('trying again ends with success, a refusal, the time or the signal', async () => {
  const away = new Fault('server.unreachable', 'Away.', { remedy: 'Wait.' })
  const no = new Fault('server.refused', 'No.', { remedy: 'None.', retry: false })
  let tries = 0
  const second = async () => (++tries < 2 ? Promise.reject(away) : 'done')
  assert.equal(await persist(second, { signal }), 'done')
  await assert.rejects(
    persist(() => Promise.reject(no), { signal }),
    no,
  )
  await assert.rejects(
    persist(() => Promise.reject(away), { signal, giveUpMs: -1 }),
    away,
  )
  const stop = new AbortController()
  const waiting = persist(() => Promise.reject(away), { signal: stop.signal })
  stop.abort()
  await assert.rejects(waiting)
})

test('pauses grow to a bound and never vanish', () => {
  for (let failures = 0; failures < 2000; failures++) {
    const ms = pauseMs(failures)
    assert.ok(ms >= 125 && ms <= 15_000)
    if (failures > 10) assert.ok(ms >= 7500)
  }
})
