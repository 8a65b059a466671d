/**
 * The built-in router: one Node process for all slots of a host, for machines without HAProxy. It
 * is told everything over its own Unix socket and remembers nothing on disk; the agent tells it
 * again every second.
 */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { rmSync } from 'node:fs'
import { portInUse } from '../loopback.ts'
import type { Route, RouteServer } from '../router.ts'
import { serveJson } from '../unix-http.ts'
import { pick } from './balance.ts'
import { forward, type Choose } from './forward.ts'
import { tunnel } from './tunnel.ts'
import { Upstream } from './upstream.ts'
import { keyWish, route, type ProxyReading } from './wire.ts'

/** As HAProxy's `maxconn` and `timeout http-keep-alive`. */
const CONNECTIONS_MAX = 4000
const KEEP_ALIVE_MS = 60_000

/** Listens on the control socket until the process is killed. */
export async function runProxy(socket: string): Promise<void> {
  const slots = new Map<string, ProxySlot>()
  const control = serveJson({
    '/apply': async (body) => {
      const wish: Route = route.parse(body)
      const known = slots.get(wish.key)
      const slot = known?.port === wish.port ? known : await ProxySlot.open(wish.port)
      if (slot !== known) known?.close()
      slots.set(wish.key, slot)
      slot.apply(wish.servers)
    },
    '/read': (body) => {
      const slot = slots.get(keyWish.parse(body).key)
      return slot ? { port: slot.port, servers: slot.read() } : null
    },
    '/forget': (body) => {
      const { key } = keyWish.parse(body)
      slots.get(key)?.close()
      slots.delete(key)
    },
  })
  rmSync(socket, { force: true })
  await new Promise<void>((resolve) => control.listen(socket, resolve))
}

class ProxySlot {
  readonly port: number
  readonly #server: http.Server
  #upstreams: readonly Upstream[] = []
  readonly #choose: Choose = (tried) => {
    const left = this.#upstreams.filter((upstream) => !tried.has(upstream))
    return pick(left.filter((upstream) => upstream.isCool)) ?? pick(left)
  }

  private constructor(server: http.Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('request', (request, response) => forward(request, response, this.#choose))
    server.on('upgrade', (request, client, head) => tunnel(request, client, head, this.#choose))
  }

  /** Throws Fault `target.port-in-use`. */
  static async open(port: number): Promise<ProxySlot> {
    const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS })
    server.maxConnections = CONNECTIONS_MAX
    await new Promise<void>((resolve, reject) => {
      server.once('error', () => reject(portInUse(port)))
      server.listen(port, '127.0.0.1', resolve)
    })
    return new ProxySlot(server)
  }

  apply(servers: readonly RouteServer[]): void {
    const before = new Map(this.#upstreams.map((upstream) => [upstream.id, upstream]))
    this.#upstreams = servers.map((server) => {
      const upstream = before.get(server.id) ?? new Upstream(server)
      before.delete(server.id)
      upstream.update(server)
      return upstream
    })
    // Their idle connections close, and so do those of requests that outlived the drain.
    for (const removed of before.values()) removed.disconnect()
  }

  read(): ProxyReading['servers'] {
    return this.#upstreams.map(({ id, weight, inFlight, requests, bad, latency }) => ({
      id,
      weight,
      inFlight,
      requests,
      bad,
      latency,
    }))
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
    for (const upstream of this.#upstreams) upstream.disconnect()
  }
}
