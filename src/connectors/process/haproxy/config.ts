/**
 * The configuration HAProxy is started with: everything that never changes while a slot lives.
 * Servers and weights are not in it, they come by the runtime API, because a reload is not free of
 * loss and forgets them anyway. One HAProxy a slot: a new slot's port needs no reload of the
 * others.
 */
import { availableParallelism } from 'node:os'

export interface ConfigFacts {
  readonly port: number
  /** The runtime API's Unix socket. */
  readonly socket: string
  readonly logPort: number
  /** Opens every log line, so that nobody else on the machine can add to the histogram. */
  readonly logToken: string
}

/** The one backend. */
export const BACKEND = 'slot'
/**
 * Its share of the machine: a service that needs more than four cores of proxying has a cluster.
 */
const THREADS_MAX = 4

/**
 * - `noreuseport`: a port somebody else listens on must fail, not be shared in silence.
 * - `disable-l7-retry`: a request is sent again after it reached an instance only when it is safe.
 * - `abortonclose`: a request whose user went away ends now, not when the instance next speaks.
 * - `timeout check`: a dead process refuses at once; only a starved machine is late, and then a
 *   verdict on its instances would be about the machine.
 * - `%Ta` is the time from a request's first byte to its answer's last, in whole ms.
 */
export function haproxyConfig(facts: ConfigFacts): string {
  return `global
  stats socket ${facts.socket} mode 600 level admin
  log 127.0.0.1:${facts.logPort} format raw local0 info
  maxconn 4000
  nbthread ${Math.min(THREADS_MAX, availableParallelism())}
  noreuseport
  no strict-limits
  hard-stop-after 10s
defaults
  mode http
  log global
  log-format "${facts.logToken} %s %ST %Ta"
  timeout connect 1s
  timeout check 5s
  timeout client 30s
  timeout server 30s
  timeout queue 5s
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout tunnel 1h
  option abortonclose
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  http-reuse safe
frontend public
  bind 127.0.0.1:${facts.port}
  option forwardfor
  http-request disable-l7-retry unless METH_GET or { method HEAD OPTIONS }
  default_backend ${BACKEND}
backend ${BACKEND}
  balance roundrobin
`
}
