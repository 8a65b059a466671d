/**
 * The latency histogram of instances behind HAProxy, from one UDP line a request. HAProxy has no
 * histogram of its own; its log has every duration. Datagrams may be lost under overload, so the
 * histogram may miss requests; the counts come from `show stat` and miss none.
 */
import { createSocket, type Socket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { z } from 'zod'
import { loadJson, saveJson } from '../files.ts'
import { countLatency, emptyLatency } from '../latency.ts'
import type { Log } from '../settings.ts'

const record = z.object({ port: z.number().int(), token: z.string() })

/**
 * As much as the kernel grants of it (208 KiB by default): room for bursts while the agent works.
 */
const RECEIVE_BYTES = 4_194_304

export class AccessLog {
  readonly port: number
  readonly token: string
  readonly #socket: Socket
  readonly #byServer = new Map<string, number[]>()

  private constructor(socket: Socket, token: string) {
    this.#socket = socket
    this.port = socket.address().port
    this.token = token
    socket.on('message', (line) => this.#count(line.toString('latin1')))
    // A receive error loses a line, which the histogram may.
    socket.on('error', () => {})
  }

  /**
   * Listens where it did before, because HAProxy processes that run on still send there. When that
   * port is taken meanwhile they stay unheard until they are started anew.
   */
  static async open(file: string, log: Log): Promise<AccessLog> {
    const before = loadJson(file, record)
    const token = before?.token ?? randomBytes(8).toString('hex')
    let socket = await bind(before?.port ?? 0)
    if (!socket) {
      log.warn({ port: before?.port }, 'log port taken: no latency until routers restart')
      socket = await bind(0)
    }
    if (!socket) throw new Error('no UDP port can be bound on 127.0.0.1')
    const opened = new AccessLog(socket, token)
    saveJson(file, { port: opened.port, token })
    return opened
  }

  latencyOf(server: string): readonly number[] {
    return this.#byServer.get(server) ?? emptyLatency()
  }

  forget(server: string): void {
    this.#byServer.delete(server)
  }

  /** Begins to count for a server: lines of others are not the agent's. */
  expect(server: string): void {
    if (!this.#byServer.has(server)) this.#byServer.set(server, emptyLatency())
  }

  close(): void {
    this.#socket.close()
  }

  #count(line: string): void {
    const [token, server = '', status, ms = ''] = line.trimEnd().split(' ')
    const buckets = this.#byServer.get(server)
    // A WebSocket's hours are no latency.
    if (token !== this.token || !buckets || status === '101') return
    if (/^\d+$/.test(ms)) countLatency(buckets, Number(ms))
  }
}

async function bind(port: number): Promise<Socket | undefined> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BYTES })
  try {
    socket.bind({ port, address: '127.0.0.1', exclusive: true })
    await once(socket, 'listening')
    return socket
  } catch {
    socket.close()
    return undefined
  }
}
