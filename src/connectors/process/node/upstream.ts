/** One instance as the Node proxy sees it: its connections, its weight and what it has counted. */
import http from 'node:http'
import { countLatency, emptyLatency } from '../latency.ts'
import type { RouteServer } from '../router.ts'

/** More would only queue inside an instance. */
const CONNECTIONS_MAX = 256
/** Shorter than the 5 s after which a Node server closes an idle connection: we close first. */
const IDLE_MS = 3000
/** A refused connection is not tried again for so long, while another instance can answer. */
const COOL_MS = 250

/**
 * How a request ended. A tunnel is counted, but its hours are no latency; an idle connection that
 * closed under a request says nothing of the instance.
 */
export type Ending = 'good' | 'bad' | 'tunnel' | 'uncounted'

/** Only the first call counts. */
export type Finish = (ending: Ending) => void

export class Upstream {
  readonly id: string
  weight = 0
  credit = 0
  inFlight = 0
  requests = 0
  bad = 0
  readonly latency = emptyLatency()
  /** Connections kept between requests, and one of its own for a request that lost such a one. */
  readonly fresh = new http.Agent({ keepAlive: false })
  readonly agent = new http.Agent({
    keepAlive: true,
    maxSockets: CONNECTIONS_MAX,
    timeout: IDLE_MS,
    scheduling: 'lifo',
  })
  #port: number
  #coolUntil = 0

  constructor(server: RouteServer) {
    this.id = server.id
    this.#port = server.port
    this.weight = server.weight
  }

  get port(): number {
    return this.#port
  }

  get isCool(): boolean {
    return performance.now() >= this.#coolUntil
  }

  update(server: RouteServer): void {
    if (server.port !== this.#port) this.disconnect()
    this.#port = server.port
    this.weight = server.weight
  }

  begin(): Finish {
    const started = performance.now()
    let open = true
    this.inFlight++
    return (ending) => {
      if (!open) return
      open = false
      this.inFlight--
      if (ending === 'uncounted') return
      this.requests++
      if (ending === 'bad') this.bad++
      if (ending !== 'tunnel') countLatency(this.latency, performance.now() - started)
    }
  }

  /** Closes idle connections, and cuts what is still in flight. */
  disconnect(): void {
    this.agent.destroy()
    this.fresh.destroy()
  }

  refused(): void {
    this.#coolUntil = performance.now() + COOL_MS
  }
}
