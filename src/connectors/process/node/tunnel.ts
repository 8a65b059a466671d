/** Upgraded connections (WebSocket): the handshake is passed on, then bytes both ways. */
import http from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import type { Choose } from './forward.ts'

const HANDSHAKE_MS = 30_000

export function tunnel(
  request: http.IncomingMessage,
  client: Duplex,
  head: Buffer,
  choose: Choose,
): void {
  const upstream = choose(new Set())
  // A client that breaks off is answered by closing the other side, below.
  client.on('error', () => {})
  if (!upstream) return void client.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')
  const finish = upstream.begin()
  const outgoing = http.request({
    host: '127.0.0.1',
    port: upstream.port,
    method: request.method,
    path: request.url,
    headers: request.rawHeaders,
    agent: false,
    setDefaultHeaders: false,
  })
  outgoing.setTimeout(HANDSHAKE_MS, () => outgoing.destroy())
  client.once('close', () => outgoing.destroy())
  outgoing.once('error', () => {
    finish(client.destroyed ? 'good' : 'bad')
    client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  // Whoever went away in this very moment cannot be written to: to try ends the process.
  outgoing.once('upgrade', (answer, server, first) => {
    if (client.destroyed) {
      server.destroy()
      return finish('good')
    }
    outgoing.setTimeout(0)
    client.write(headOf(answer))
    client.write(first)
    server.write(head)
    pipeline(server, client, server, () => finish('tunnel'))
  })
  outgoing.once('response', (answer) => {
    if (client.destroyed) return finish('good')
    // The instance declined: its answer goes back as it is, and the connection ends.
    client.write(headOf(answer))
    pipeline(answer, client, () => finish((answer.statusCode ?? 502) >= 500 ? 'bad' : 'good'))
  })
  outgoing.end()
}

function headOf(answer: http.IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`]
  const { rawHeaders } = answer
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.toLowerCase() !== 'transfer-encoding')
      lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
