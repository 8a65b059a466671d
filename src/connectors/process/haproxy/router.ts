/**
 * HAProxy as the router: one process a slot, never reloaded, changed through its runtime API. Each
 * `apply` compares what should be with `show stat` and sends the difference, so a HAProxy that was
 * killed and came back empty is filled by the same path as any other change.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { Daemon } from '../daemon.ts'
import { isFree, portInUse } from '../loopback.ts'
import type { Route, Router, RouteServer, ServerReading } from '../router.ts'
import type { Settings } from '../settings.ts'
import { AccessLog } from './access-log.ts'
import { BACKEND, haproxyConfig } from './config.ts'
import { command, readServers, type ServerRow } from './runtime.ts'

/**
 * HAProxy asks only whether the port answers: a dead process leaves the rotation at once, even
 * while the agent is away. Whether an instance is healthy the agent decides, by HTTP, through
 * weights. Idle connections are given up soon, or a polite instance would wait seconds for them to
 * close.
 */
const SERVER_OPTIONS = 'check inter 500ms fall 2 rise 1 pool-purge-delay 500ms'

export class HaproxyRouter implements Router {
  readonly kind = 'haproxy'
  readonly #settings: Settings
  readonly #dir: string
  readonly #log: AccessLog
  readonly #ended: () => void
  /** Names this agent's life: the histogram starts from nothing with it. */
  readonly #epoch = `${process.pid}:${Date.now()}`
  readonly #daemons = new Map<string, Daemon>()

  private constructor(settings: Settings, dir: string, log: AccessLog, ended: () => void) {
    this.#settings = settings
    this.#dir = dir
    this.#log = log
    this.#ended = ended
  }

  /** `ended` is called when a HAProxy this agent started dies. */
  static async open(settings: Settings, dir: string, ended: () => void): Promise<HaproxyRouter> {
    const log = await AccessLog.open(join(dir, 'access-log.json'), settings.log)
    return new HaproxyRouter(settings, dir, log, ended)
  }

  async holds(key: string, port: number): Promise<boolean> {
    return this.#daemon(key).isRunning(String(port))
  }

  async apply(route: Route): Promise<void> {
    const socket = await this.#ensure(route)
    const rows = new Map((await readServers(socket)).map((row) => [row.id, row]))
    for (const server of route.servers) await this.#place(socket, server, rows.get(server.id))
    await this.#weigh(socket, route.servers, rows)
    const wanted = new Set(route.servers.map((server) => server.id))
    for (const row of rows.values()) if (!wanted.has(row.id)) await this.#remove(socket, row.id)
  }

  async read(key: string): Promise<readonly ServerReading[]> {
    const daemon = this.#daemon(key)
    const epoch = daemon.epoch()
    if (epoch === undefined) return []
    const rows = await readServers(socketOf(daemon))
    return rows.map((row) => ({
      id: row.id,
      weight: row.weight,
      inFlight: row.inFlight,
      counts: { epoch, values: [row.requests, row.bad] },
      latency: { epoch: this.#epoch, values: this.#log.latencyOf(row.id) },
    }))
  }

  async forget(key: string): Promise<void> {
    const daemon = this.#daemon(key)
    await daemon.stop()
    rmSync(daemon.home, { recursive: true, force: true })
    this.#daemons.delete(key)
  }

  async close(routers: 'keep' | 'stop'): Promise<void> {
    this.#log.close()
    if (routers === 'keep') return
    const homes = readdirSync(this.#dir, { withFileTypes: true }).filter((e) => e.isDirectory())
    const daemons = homes.map((e) => new Daemon(this.#settings, join(this.#dir, e.name), () => {}))
    await Promise.all(daemons.map((daemon) => daemon.stop()))
  }

  /**
   * A short name: the path of a Unix socket may have 107 bytes, and HAProxy adds some while
   * binding.
   */
  #daemon(key: string): Daemon {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 10)
    const known = this.#daemons.get(key)
    const daemon = known ?? new Daemon(this.#settings, join(this.#dir, name), this.#ended)
    this.#daemons.set(key, daemon)
    return daemon
  }

  async #ensure(route: Route): Promise<string> {
    const daemon = this.#daemon(route.key)
    const socket = socketOf(daemon)
    const config = join(daemon.home, 'haproxy.cfg')
    await daemon.ensure({
      argv: ['haproxy', '-q', '-db', '-f', config],
      revision: String(route.port),
      prepare: async () => {
        if (!(await isFree(route.port))) throw portInUse(route.port)
        const { port: logPort, token: logToken } = this.#log
        const text = haproxyConfig({ port: route.port, socket, logPort, logToken })
        writeFileSync(config, text, { mode: 0o600 })
        rmSync(socket, { force: true })
      },
      ready: async () =>
        existsSync(socket) && (await command(socket, 'show info').catch(() => '')) !== '',
    })
    return socket
  }

  /** New servers come in at weight 0, so that nothing reaches them before their checks are on. */
  async #place(socket: string, server: RouteServer, row: ServerRow | undefined): Promise<void> {
    this.#log.expect(server.id)
    const name = `${BACKEND}/${server.id}`
    const ready = [`set server ${name} weight 0`, `enable health ${name}`, `enable server ${name}`]
    if (!row) {
      const added = await command(
        socket,
        `add server ${name} 127.0.0.1:${server.port} weight 0 ${SERVER_OPTIONS}`,
        ...ready,
      )
      if (!added.includes('registered')) throw refused(added)
    } else if (row.address !== `127.0.0.1:${server.port}`)
      await command(socket, `set server ${name} addr 127.0.0.1 port ${server.port}`)
    // A removal that was called off, or an agent that died between `add` and `enable`.
    if (row?.state === 'maintenance') await command(socket, ...ready)
  }

  /** Rises before falls, in one go: at no instant has nobody a weight. */
  async #weigh(
    socket: string,
    servers: readonly RouteServer[],
    rows: ReadonlyMap<string, ServerRow>,
  ): Promise<void> {
    const held = ({ id }: RouteServer) => {
      const row = rows.get(id)
      return row && row.state !== 'maintenance' ? row.weight : 0
    }
    const changes = servers
      .filter((server) => held(server) !== server.weight)
      .toSorted((a, b) => b.weight - held(b) - (a.weight - held(a)))
      .map((server) => `set server ${BACKEND}/${server.id} weight ${server.weight}`)
    // Its check saw the port closed a moment ago; the agent has since been answered there.
    const revived = servers
      .filter((server) => server.weight > 0 && rows.get(server.id)?.state === 'down')
      .map((server) => `set server ${BACKEND}/${server.id} health up`)
    changes.unshift(...revived)
    if (changes.length === 0) return
    const said = (await command(socket, ...changes)).trim()
    if (said !== '') throw refused(said)
  }

  /**
   * After maintenance nothing reaches the server; deleting it fails while a connection to it
   * closes, and then the next `apply`, a second later, does it.
   */
  async #remove(socket: string, id: string): Promise<void> {
    const name = `${BACKEND}/${id}`
    const said = await command(
      socket,
      `set server ${name} state maint`,
      `shutdown sessions server ${name}`,
      `del server ${name}`,
    )
    if (said.includes('deleted')) this.#log.forget(id)
  }
}

function refused(said: string): Fault {
  return new Fault('target.refused', `HAProxy refused a change: ${said.trim().slice(0, 300)}.`, {
    remedy: 'It is tried again every second; HAProxy must be 2.6 or newer.',
  })
}

function socketOf(daemon: Daemon): string {
  return join(daemon.home, 'admin.sock')
}
