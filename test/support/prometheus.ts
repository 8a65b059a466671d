/** A real Prometheus in a folder of its own, and small servers for it to scrape. Tests only. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from './until.ts'

export function hasPrometheus(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('prometheus', ['--version'], (error) => resolve(error === null))
  })
}

/** Text by metric; `hang` never answers. */
export interface Exposer {
  readonly address: string
  text: string
  mode: 'well' | 'hang' | 'sick'
  stop(): Promise<void>
  /** Listens again where it did. */
  start(): Promise<void>
}

export async function exposer(t: TestContext): Promise<Exposer> {
  let port = 0
  let server = http.createServer()
  const told: Exposer = {
    address: '',
    text: '',
    mode: 'well',
    async stop() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
    async start() {
      server = http.createServer((_, response) => {
        if (told.mode === 'hang') return
        response.writeHead(told.mode === 'sick' ? 503 : 200, { 'content-type': 'text/plain' })
        response.end(told.text)
      })
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
    },
  }
  await told.start()
  t.after(() => told.stop())
  return Object.assign(told, { address: `127.0.0.1:${port}` })
}

export interface PrometheusServer {
  readonly url: string
  /** Resolves when so many scrapes of each target were made from now on. */
  scrapes(count: number): Promise<void>
  query(text: string): Promise<readonly { metric: Record<string, string>; value: string }[]>
}

/** `discovery`: a part of its configuration that says whom to scrape. */
export async function startPrometheus(
  t: TestContext,
  discovery: string,
): Promise<PrometheusServer> {
  const dir = mkdtempSync(join(tmpdir(), 'sb-prom-'))
  const port = await freePort()
  writeFileSync(
    join(dir, 'prometheus.yml'),
    `global: { scrape_interval: 500ms, scrape_timeout: 400ms }
scrape_configs:
  - job_name: services
${discovery.replaceAll(/^/gm, '    ')}
`,
  )
  const child = spawn(
    'prometheus',
    [
      `--config.file=${dir}/prometheus.yml`,
      `--storage.tsdb.path=${dir}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
      '--enable-feature=native-histograms',
    ],
    { stdio: 'ignore' },
  )
  t.after(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    rmSync(dir, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  const query = async (text: string) => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`)
    const { data } = (await answer.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] }
    }
    return data.result.map(({ metric, value }) => ({ metric, value: value[1] }))
  }
  await until('prometheus is ready', () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return {
    url,
    query,
    async scrapes(count) {
      const since = Date.now() / 1000
      await until(`${count} scrapes`, async () => {
        const latest = await query(`min(timestamp(up)) - ${since}`)
        return Number(latest[0]?.value ?? -1) > 0.5 * (count - 1)
      })
    },
  }
}

async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
