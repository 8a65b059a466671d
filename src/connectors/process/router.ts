/**
 * What the agent needs of a router, whichever it is. Level-triggered: `apply` says what should be,
 * each time whole, and may be called every second; a router that was killed and came back empty is
 * filled again by the next call.
 */
import type { Reading } from './meter.ts'

export interface Route {
  /** Names the slot: `shop~prod`. */
  readonly key: string
  /** The public port on 127.0.0.1. */
  readonly port: number
  readonly servers: readonly RouteServer[]
}

export interface RouteServer {
  /** The instance's id. */
  readonly id: string
  readonly port: number
  /** 0 to 256; 0 gets no new request. */
  readonly weight: number
}

export interface ServerReading {
  readonly id: string
  readonly weight: number
  /** Requests it is answering now. */
  readonly inFlight: number
  /** `[requests, bad]`, counted exactly. */
  readonly counts: Reading
  /** In the port's buckets. */
  readonly latency: Reading
}

export interface Router {
  readonly kind: 'haproxy' | 'node'
  /** Whether it listens on this port for this slot now. */
  holds(key: string, port: number): Promise<boolean>
  /**
   * Makes it so; when it resolves, the next request already follows the new weights. Requests of
   * servers no longer named are cut. Throws Fault `target.port-in-use`, `target.unreachable`.
   */
  apply(route: Route): Promise<void>
  /** Nothing when the slot has no router. Throws Fault `target.unreachable`. */
  read(key: string): Promise<readonly ServerReading[]>
  /** Closes the slot's public port. */
  forget(key: string): Promise<void>
  /** Ends this agent's part. The routers themselves run on, unless told to stop. */
  close(routers: 'keep' | 'stop'): Promise<void>
}
