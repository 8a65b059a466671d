/** Requests to a public port, one, many or as a load that runs beside a test. */
import { once } from 'node:events'
import http from 'node:http'
import type { Duplex } from 'node:stream'

export interface Answer {
  /** 0 when there was none. */
  readonly status: number
  readonly text: string
}

export interface Asked extends Promise<Answer> {
  /** The answer's first bytes have come. */
  readonly begun: Promise<unknown>
}

export interface Question {
  readonly method?: string
  readonly body?: string
  readonly agent?: http.Agent
}

/** A connection that fails is an answer too: status 0 with the reason. */
export function ask(port: number, path: string, question: Question = {}): Asked {
  const { method = 'GET', body, agent } = question
  const request = http.request({ host: '127.0.0.1', port, path, method, agent: agent ?? false })
  // Chunked, and so framed, whatever the method.
  if (body !== undefined) request.setHeader('transfer-encoding', 'chunked')
  const answer = new Promise<Answer>((resolve) => {
    request.once('error', (error) => resolve({ status: 0, text: error.message }))
    request.once('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', (error) => resolve({ status: 0, text: error.message }))
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
      )
    })
  })
  const begun = once(request, 'response').catch(() => {})
  request.end(body)
  return Object.assign(answer, { begun })
}

/** So many requests over four kept connections; every answer. */
export async function askMany(port: number, count: number, path = '/'): Promise<Answer[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  try {
    return await Promise.all(Array.from({ length: count }, () => ask(port, path, { agent })))
  } finally {
    agent.destroy()
  }
}

/**
 * Eight clients, each asking again when it was answered, while `work` lasts; a quarter of them
 * POST. How many got an answer, and every failure.
 */
export async function underLoad(port: number, work: () => Promise<unknown>) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })
  const load = { isOver: false }
  let answered = 0
  const failed: string[] = []
  const clients = Array.from({ length: 8 }, async (_, client) => {
    const method = client % 4 === 0 ? 'POST' : 'GET'
    while (!load.isOver) {
      const { status, text } = await ask(port, '/', { agent, method })
      if (status === 200) answered++
      else failed.push(`${method} ${status} ${text}`)
    }
  })
  try {
    await work()
  } finally {
    load.isOver = true
    await Promise.all(clients)
    agent.destroy()
  }
  return { answered, failed }
}

/** Upgrades a connection, says something, returns what comes back. */
export async function upgrade(port: number, words: string): Promise<string> {
  const request = http.request({
    host: '127.0.0.1',
    port,
    headers: { connection: 'Upgrade', upgrade: 'echo' },
  })
  request.end()
  const socket = await new Promise<Duplex>((resolve, reject) => {
    request.once('upgrade', (_, upgraded) => resolve(upgraded))
    request.once('response', (answer) => reject(new Error(`declined: ${answer.statusCode}`)))
    request.once('error', reject)
  })
  socket.write(words)
  const [echo] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return echo.toString()
}
