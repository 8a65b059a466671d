/** HAProxy's runtime API: commands on a Unix socket, tables back. */
import { createConnection } from 'node:net'
import { Fault } from '#kernel/fault.ts'
import { BACKEND } from './config.ts'

export interface ServerRow {
  readonly id: string
  /** `127.0.0.1:25001` */
  readonly address: string
  readonly weight: number
  readonly state: 'up' | 'down' | 'maintenance'
  /** Requests on the server and in its queue. */
  readonly inFlight: number
  readonly requests: number
  readonly bad: number
}

/** A command takes a millisecond; a process that needs two thousand hangs. */
const TIMEOUT_MS = 2000
const ANSWER_CHARS_MAX = 4_194_304

/** Sends commands in one go and returns what they print. Throws Fault `target.unreachable`. */
export function command(socket: string, ...commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket)
    let text = ''
    const fail = (cause: unknown) => {
      connection.destroy()
      reject(
        new Fault('target.unreachable', 'HAProxy does not answer its runtime API.', {
          remedy: 'It is started again by itself; when that does not help, read its output.',
          cause,
        }),
      )
    }
    connection.setTimeout(TIMEOUT_MS, () => fail(new Error('timed out')))
    connection.once('error', fail)
    connection.setEncoding('utf8').on('data', (part: string) => {
      text += part
      if (text.length > ANSWER_CHARS_MAX) fail(new Error('the answer is larger than 4 MiB'))
    })
    connection.once('end', () => resolve(text))
    connection.write(`${commands.join('; ')}\n`)
  })
}

export async function readServers(socket: string): Promise<ServerRow[]> {
  const [header = '', ...lines] = (await command(socket, `show stat ${BACKEND} -1 -1`)).split('\n')
  const columns = header.replace(/^# /, '').split(',')
  return lines
    .map((line) => line.split(','))
    .map((fields) => (column: string) => fields[columns.indexOf(column)] ?? '')
    .filter((field) => field('type') === '2')
    .map(serverRow)
}

/**
 * `lbtot` counts each request once per server it was given to; `stot` would count every attempt.
 * `eresp` holds broken and late answers, `econ` connections given up, and `wredis` requests that
 * another server had to take over: the user saw nothing of those, but this server failed them.
 */
function serverRow(field: (column: string) => string): ServerRow {
  const count = (column: string) => Number(field(column))
  const requests = count('lbtot')
  const bad = count('hrsp_5xx') + count('eresp') + count('econ') + count('wredis')
  return {
    id: field('svname'),
    address: field('addr'),
    weight: count('uweight'),
    state: stateOf(field('status')),
    inFlight: count('scur') + count('qcur'),
    requests,
    // A 500 cut off in the middle is in two of the columns.
    bad: Math.min(bad, requests),
  }
}

/** `UP`, `UP 1/2`, `DOWN`, `DOWN 1/2`, `MAINT`, `MAINT (via …)`, `DRAIN`, `no check`. */
function stateOf(status: string): ServerRow['state'] {
  if (status.startsWith('MAINT')) return 'maintenance'
  return status.startsWith('DOWN') ? 'down' : 'up'
}
