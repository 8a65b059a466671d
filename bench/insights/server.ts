/** A server of its own process over a database that is there, as `signalbox serve --role api`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DatabaseAddress } from '#engine/sql.ts'

const MAIN = resolve(import.meta.dirname, '..', '..', 'src', 'main.ts')

export interface Server {
  get(path: string): Promise<{ readonly ms: number; readonly body: unknown }>
  /** Observations, a line each. */
  tell(lines: readonly object[]): Promise<void>
  memoryMb(): number
}

export async function withServer<T>(
  address: DatabaseAddress,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  chmodSync(folder, 0o711)
  const args = [MAIN, 'serve', '--role', 'api', '--data', folder, '--port', '0']
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: urlOf(address), SIGNALBOX_LOG: 'error' },
  })
  try {
    const url = await readyAt(child)
    const token = readFileSync(join(folder, 'admin-token'), 'utf8').trim()
    return await work(serverAt(`${url}/api/v1`, token, child))
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

function serverAt(url: string, token: string, child: ChildProcess): Server {
  const headers = { authorization: `Bearer ${token}` }
  return {
    async get(path) {
      const before = performance.now()
      const answer = await fetch(url + path, { headers })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`)
      return { ms: performance.now() - before, body: JSON.parse(text) }
    },
    async tell(lines) {
      const answer = await fetch(`${url}/observations`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        body: lines.map((line) => JSON.stringify(line)).join('\n'),
      })
      const said = (await answer.json()) as { accepted?: number }
      if (said.accepted !== lines.length) throw new Error(`not told: ${JSON.stringify(said)}`)
    },
    memoryMb() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024
    },
  }
}

function urlOf({ host = '', port, user, password, database }: DatabaseAddress): string {
  const who = `${encodeURIComponent(user ?? '')}:${encodeURIComponent(password ?? '')}`
  return `postgres://${who}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`
}

async function readyAt(child: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((found, failed) => {
    child.stdout?.on('data', (chunk) => {
      said += String(chunk)
      const url = /ready at (\S+)\n/.exec(said)?.[1]
      if (url !== undefined) found(url)
    })
    child.once('exit', () => failed(new Error(`the server ended before it was ready: ${said}`)))
  })
}
