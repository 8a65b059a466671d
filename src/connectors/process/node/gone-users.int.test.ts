import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { tunnel } from './tunnel.ts'
import { Upstream } from './upstream.ts'

/** Of a user whose connection is gone, and who has not been told yet: it takes one turn. */
function goneUser(): PassThrough {
  const client = new PassThrough({ emitClose: false })
  client.destroy()
  return client
}

async function instance(t: TestContext, accepts: boolean): Promise<Upstream> {
  const server = http.createServer((_, response) => response.end('no'))
  if (accepts)
    server.on('upgrade', (_, socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    )
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return new Upstream({ id: 'i', port: (server.address() as AddressInfo).port, weight: 100 })
}

function upgrade(): http.IncomingMessage {
  const rawHeaders = ['Host', 'x', 'Connection', 'Upgrade', 'Upgrade', 'x']
  return Object.assign(Object.create(http.IncomingMessage.prototype) as http.IncomingMessage, {
    method: 'GET',
    url: '/',
    rawHeaders,
  })
}

describe('a user who is gone when the answer to an upgrade comes', () => {
  for (const accepts of [true, false])
    it(
      `ends nothing but itself, whether or not the instance accepts: ${accepts}`,
      { timeout: 5_000 },
      async (t) => {
        const upstream = await instance(t, accepts)
        const { promise, resolve } = Promise.withResolvers<string>()
        const begin = upstream.begin.bind(upstream)
        upstream.begin = () => {
          const finish = begin()
          return (ending) => {
            finish(ending)
            resolve(ending)
          }
        }
        tunnel(upgrade(), goneUser(), Buffer.alloc(0), () => upstream)
        assert.equal(await promise, 'good')
        assert.deepEqual([upstream.inFlight, upstream.requests, upstream.bad], [0, 1, 0])
      },
    )
})
