/** The agent's side of the built-in proxy: keeps its process alive and tells it what to do. */
import { extname, join } from 'node:path'
import { Daemon } from '../daemon.ts'
import type { Route, Router, ServerReading } from '../router.ts'
import type { Settings } from '../settings.ts'
import { call } from '../unix-http.ts'
import { proxyReading, type ProxyReading } from './wire.ts'

const TIMEOUT_MS = 2000
/** The proxy's file has this one's ending: `.ts` in the repository, `.js` once compiled. */
const MODULE = new URL(`./proxy${extname(import.meta.url)}`, import.meta.url).href

export class NodeRouter implements Router {
  readonly kind = 'node'
  readonly #daemon: Daemon
  readonly #socket: string

  /** `ended` is called when the proxy this agent started dies. */
  constructor(settings: Settings, dir: string, ended: () => void) {
    this.#daemon = new Daemon(settings, join(dir, 'node'), ended)
    this.#socket = join(this.#daemon.home, 'control.sock')
  }

  async holds(key: string, port: number): Promise<boolean> {
    return (await this.#reading(key))?.port === port
  }

  async apply(route: Route): Promise<void> {
    const [module, socket] = [MODULE, this.#socket].map((word) => JSON.stringify(word))
    const main = `import(${module}).then((m) => m.runProxy(${socket}))`
    await this.#daemon.ensure({
      argv: [process.execPath, '-e', main],
      revision: '1',
      prepare: async () => {},
      ready: async () => (await this.#tell('/read', { key: '' }).catch(() => 'no')) !== 'no',
    })
    await this.#tell('/apply', route)
  }

  async read(key: string): Promise<readonly ServerReading[]> {
    const epoch = this.#daemon.epoch()
    const reading = await this.#reading(key)
    if (epoch === undefined || !reading) return []
    return reading.servers.map(({ id, weight, inFlight, requests, bad, latency }) => ({
      id,
      weight,
      inFlight,
      counts: { epoch, values: [requests, bad] },
      latency: { epoch, values: latency },
    }))
  }

  async forget(key: string): Promise<void> {
    if (this.#daemon.epoch() !== undefined) await this.#tell('/forget', { key })
  }

  async close(routers: 'keep' | 'stop'): Promise<void> {
    if (routers === 'stop') await this.#daemon.stop()
  }

  async #reading(key: string): Promise<ProxyReading | undefined> {
    if (this.#daemon.epoch() === undefined) return undefined
    const answer = await this.#tell('/read', { key })
    return answer === null ? undefined : proxyReading.parse(answer)
  }

  #tell(path: string, body: unknown): Promise<unknown> {
    return call({ socket: this.#socket, path, body, timeoutMs: TIMEOUT_MS })
  }
}
