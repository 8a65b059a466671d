/**
 * The few calls of the Kubernetes API that jobs need. Nothing here knows of jobs. A client for all
 * of the API weighs 80 MB, and its streams would have to be watched all the same.
 */
import { randomBytes } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { Fault } from '#kernel/fault.ts'
import { readAll } from '../../wire.ts'
import type { Access } from './access.ts'
import { frameOf, makeUnframer, OPCODE } from './frames.ts'

const ANSWER_BYTES_MAX = 16 * 1024 * 1024
const SILENCE_MS_MAX = 30_000
/** The oldest of the protocols that tells how a command ended, so that every cluster knows it. */
const PROTOCOL = 'v4.channel.k8s.io'
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const
const STATUS_BYTES_MAX = 64 * 1024
const HTTP_SWITCHING = 101

export interface Exec {
  readonly pod: string
  readonly container: string
  readonly argv: readonly string[]
  /** Ends with the command, not with the stream: there is no end of it in this protocol. */
  readonly stdin?: Readable
  onOutput?(piece: Buffer): void | Promise<void>
  onError?(piece: Buffer): void
  readonly signal?: AbortSignal | undefined
}

export interface Cluster {
  readonly namespace: string
  /** Undefined for 404. Throws Fault `kubernetes.refused` and `kubernetes.unreachable`. */
  ask(method: Method, path: string, body?: object, type?: string): Promise<unknown>
  /** Its exit code. Throws the same, the second also when the stream breaks. */
  exec(exec: Exec): Promise<number>
}
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export function openCluster(access: Access): Cluster {
  const { request, Agent } = access.server.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true })
  const open: Open = (path, options) => {
    const token = access.token()
    return request(new URL(path.replace(/^\//, ''), slashed(access.server)), {
      ...access.tls,
      ...options,
      headers: {
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...options.headers,
      },
    })
  }
  return {
    namespace: access.namespace,
    async ask(method, path, body, type = 'application/json') {
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      const headers =
        bytes === undefined ? {} : { 'content-type': type, 'content-length': bytes.length }
      const send = (isAgain: boolean): Promise<http.IncomingMessage> =>
        new Promise((resolve, reject) => {
          const sent = open(path, { method, agent, headers, timeout: SILENCE_MS_MAX })
          sent.on('error', (cause) => {
            // A connection that was kept may have been closed at this very moment.
            if (sent.reusedSocket && !isAgain) send(true).then(resolve, reject)
            else reject(unreachable(cause))
          })
          sent.on('timeout', () => sent.destroy(new Error('it fell silent')))
          sent.on('response', resolve)
          sent.end(bytes)
        })
      const answer = await send(false)
      const text = await readAll(answer, ANSWER_BYTES_MAX).catch((cause: unknown) => {
        throw unreachable(cause)
      })
      const status = answer.statusCode ?? 0
      if (status === 404) return undefined
      const content = parsed(text.toString('utf8'))
      if (status >= 400) throw refused(status, content)
      return content
    },
    exec: (exec) => run(exec, open, access.namespace),
  }
}

type Open = (
  path: string,
  options: Omit<https.RequestOptions, 'headers'> & { headers: http.OutgoingHttpHeaders },
) => http.ClientRequest

async function run(exec: Exec, open: Open, namespace: string): Promise<number> {
  const query = new URLSearchParams({ container: exec.container, stdout: 'true', stderr: 'true' })
  if (exec.stdin !== undefined) query.set('stdin', 'true')
  for (const word of exec.argv) query.append('command', word)
  const path = `/api/v1/namespaces/${namespace}/pods/${exec.pod}/exec?${query}`
  const { socket, head } = await upgraded(open, path)
  try {
    return await talk(exec, socket, head)
  } finally {
    socket.destroy()
  }
}

function upgraded(open: Open, path: string): Promise<{ socket: Socket; head: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': PROTOCOL,
    }
    const sent = open(path, { headers, timeout: SILENCE_MS_MAX })
    sent.on('error', (cause) => reject(unreachable(cause)))
    sent.on('timeout', () => sent.destroy(new Error('it fell silent')))
    sent.on('upgrade', (answer, socket, head) => {
      if (answer.statusCode === HTTP_SWITCHING) {
        socket.setTimeout(0)
        resolve({ socket, head })
      } else {
        socket.destroy()
        reject(unreachable(new Error('it speaks another protocol')))
      }
    })
    sent.on('response', (answer) => {
      readAll(answer, STATUS_BYTES_MAX).then(
        (text) => reject(refused(answer.statusCode ?? 0, parsed(text.toString('utf8')))),
        (cause: unknown) => reject(unreachable(cause)),
      )
    })
    sent.end()
  })
}

/** Until the other side says how the command ended. */
function talk(exec: Exec, socket: Socket, head: Buffer): Promise<number> {
  const { signal, stdin } = exec
  const said: Buffer[] = []
  let channel = -1
  const done = Promise.withResolvers<number>()
  // Awaited by whoever awaits the end of this; a stream that breaks earlier is no one's surprise.
  done.promise.catch(() => undefined)
  const fail = (cause: unknown) => done.reject(unreachable(cause))
  const hear = (piece: Buffer): void | Promise<void> => {
    if (channel === CHANNEL.stdout) return exec.onOutput?.(piece)
    if (channel === CHANNEL.stderr) exec.onError?.(piece)
    if (channel === CHANNEL.status && sizeOf(said) < STATUS_BYTES_MAX) said.push(Buffer.from(piece))
  }
  const unframe = makeUnframer({
    onContent(piece, isFirst) {
      if (isFirst) channel = piece[0] ?? -1
      const content = isFirst ? piece.subarray(1) : piece
      const isHeard = content.length === 0 ? undefined : hear(content)
      if (isHeard === undefined) return
      // Whoever takes it is slower than the cluster: it has to wait.
      socket.pause()
      isHeard.then(() => socket.resume(), fail)
    },
    onPing: (content) => void socket.write(frameOf(OPCODE.pong, content, true)),
    onClose: () => end(),
  })
  const end = () => {
    if (said.length === 0) fail(new Error('the stream of the pod broke'))
    else done.resolve(exitIn(parsed(Buffer.concat(said).toString('utf8'))))
  }
  const onChunk = (chunk: Buffer) => {
    try {
      unframe(chunk)
    } catch (error) {
      fail(error)
    }
  }
  const onAbort = () => fail(new Error('nobody listens any more'))
  socket.on('data', onChunk)
  socket.on('error', fail)
  socket.on('close', end)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted === true) onAbort()
  if (head.length > 0) onChunk(head)
  if (stdin !== undefined) send(stdin, socket).catch(fail)
  return done.promise.finally(() => {
    signal?.removeEventListener('abort', onAbort)
    stdin?.destroy()
  })
}

async function send(stdin: Readable, socket: Socket): Promise<void> {
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    const content = Buffer.concat([Buffer.from([CHANNEL.stdin]), chunk])
    if (socket.destroyed) return
    if (!socket.write(frameOf(OPCODE.binary, content, true))) await drained(socket)
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      socket.off('drain', go)
      socket.off('close', go)
      resolve()
    }
    socket.on('drain', go)
    socket.on('close', go)
  })
}

const sizeOf = (pieces: readonly Buffer[]) => pieces.reduce((sum, each) => sum + each.length, 0)

/** Of a status object: nought for success, else the code among its causes. */
function exitIn(status: unknown): number {
  if (at(status, 'status') === 'Success') return 0
  const causes = at(at(status, 'details'), 'causes')
  const code = (Array.isArray(causes) ? causes : []).find(
    (cause) => at(cause, 'reason') === 'ExitCode',
  )
  if (code !== undefined) return Number(at(code, 'message'))
  throw refused(0, status)
}

const slashed = (url: URL) => (url.href.endsWith('/') ? url : new URL(`${url.href}/`))

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreachable(cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Fault('kubernetes.unreachable', `Kubernetes is away: ${why}`, {
    remedy: 'See whether its API can be reached from the machine of the runner.',
    cause,
  })
}

function refused(status: number, body: unknown): Fault {
  const message = at(body, 'message')
  const why = typeof message === 'string' ? message : `it answered ${status}`
  return new Fault('kubernetes.refused', `Kubernetes refuses: ${why}`, {
    remedy:
      status === 401 || status === 403
        ? 'Give the account of the runner the rights that docs/guides/kubernetes.md lists.'
        : 'Correct what the job asks of it, or what its namespace allows.',
    retry: status === 429 || status >= 500,
    cause: { status },
  })
}
