/** What goes wrong on the wire, each by a server that does it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { samplesOf } from './client.ts'
import { parseSelector } from './selector.ts'

const SECRET = 'Bearer s3cret'

async function serverOf(t: TestContext, listener: http.RequestListener) {
  const server = http.createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function asked(url: string, change: { timeoutMs?: number; bytesMax?: number } = {}) {
  const connection = { name: 'prom', url, authorization: () => SECRET, replicaLabels: [] }
  const span = { since: 1_000_000, at: 1_060_500 }
  return samplesOf({ ...connection, ...change }, parseSelector('x{a="b"}'), span)
}

const said = (status: number, text: string): http.RequestListener =>
  function answer(_, response) {
    response.writeHead(status).end(text)
  }
const success = (result: unknown, resultType = 'matrix') =>
  JSON.stringify({ status: 'success', data: { resultType, result } })

describe('the wire', () => {
  it('is asked for raw samples up to an instant, with the key', async (t) => {
    let seen = ''
    const url = await serverOf(t, (request, response) => {
      request.on('data', (chunk) => (seen += String(chunk)))
      request.on('end', () => {
        seen = `${request.method} ${request.url} ${request.headers.authorization} ${seen}`
        response.end(success([{ metric: { a: 'b' }, values: [[1_050, '7']] }]))
      })
    })
    assert.deepEqual(await asked(`${url}/prometheus/`), [
      { metric: { a: 'b' }, values: [[1_050, '7']] },
    ])
    const query = encodeURIComponent('x{a="b"}[61s]')
    assert.equal(
      seen,
      `POST /prometheus/api/v1/query ${SECRET} query=${query}&time=1060.500&timeout=10s`,
    )
  })

  const troubles: readonly [what: string, listener: http.RequestListener, code: string][] = [
    ['is busy', said(503, 'overloaded'), 'metrics.refused'],
    ['speaks another language', said(200, '<html>'), 'metrics.refused'],
    ['answers another question', said(200, success([], 'vector')), 'metrics.refused'],
    ['lacks what it promises', said(200, success([{ values: [[1, 2]] }])), 'metrics.refused'],
    ['does not know us', said(401, 'who?'), 'metrics.forbidden'],
    ['says more than anybody reads', said(200, success('x'.repeat(9_000))), 'metrics.too-large'],
    [
      'has more series than a service has',
      said(200, success(Array.from({ length: 5_001 }, () => ({ metric: {} })))),
      'metrics.too-large',
    ],
    ['never answers', () => undefined, 'metrics.unreachable'],
    [
      'stops in the middle',
      (_, response) => {
        response.write('{"status":')
        setImmediate(() => response.destroy())
      },
      'metrics.unreachable',
    ],
    [
      'sends us elsewhere',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'metrics.refused',
    ],
  ]
  for (const [what, listener, code] of troubles)
    it(`${what}: ${code}`, async (t) => {
      const url = await serverOf(t, listener)
      const isHuge = what.startsWith('has more')
      const bounds = { timeoutMs: 300, bytesMax: isHuge ? 1_000_000 : 8_000 }
      await assert.rejects(asked(url, bounds), (error: Error & { code?: string }) => {
        assert.equal(error.code, code)
        assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /s3cret|127\.0\.0\.1/)
        return true
      })
    })

  it('tells where a query is wrong', async (t) => {
    const text = JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error' })
    const url = await serverOf(t, said(400, text))
    await assert.rejects(asked(url), { message: /bad_data: parse error/ })
  })
  it('may not be there', async () => {
    await assert.rejects(asked('http://127.0.0.1:1'), {
      code: 'metrics.unreachable',
      message: /ECONNREFUSED|bad port/,
    })
  })
})
