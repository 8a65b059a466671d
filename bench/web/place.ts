/** A server with a catalog as large as a large company's, and a browser on a slow machine. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { CHROMIUM } from '../../test/e2e/browser.ts'
import { end, readyAt, startDev } from '../../test/support/dev-server.ts'

const NO_RUNNER = ['--runner-slots', '0']
/** So many documents in one request. */
const APPLIED_AT_ONCE = 250

export interface Place {
  readonly url: string
  readonly browser: Browser
  post(path: string, body: object): Promise<unknown>
  restart(): Promise<void>
  close(): Promise<void>
}

export async function makePlace(): Promise<Place> {
  if (CHROMIUM === undefined) throw new Error('no Chromium here')
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  chmodSync(folder, 0o711)
  const data = join(folder, 'data')
  let server = startDev(data, '0', ...NO_RUNNER)
  const url = await readyAt(server)
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    // Chromium rounds the size of its memory, unless it is told to be exact.
    args: ['--no-sandbox', '--enable-precise-memory-info'],
  })
  return {
    url,
    browser,
    post: (path, body) => post(url, path, body),
    async restart() {
      await end(server)
      server = startDev(data, new URL(url).port, ...NO_RUNNER)
      await readyAt(server)
    },
    async close() {
      await browser.close()
      await end(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const WHY_MAX = 600

async function post(url: string, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) {
    const why = (await answer.text()).slice(0, WHY_MAX)
    throw new Error(`${path}: ${answer.status} ${why}`)
  }
  return answer.json()
}

/** Ten environments, and so many services that go through all of them. */
export async function furnish({ post: to }: Place, services: number): Promise<void> {
  const places = Array.from({ length: 10 }, (_, n) => `env-${n}`)
  const environments = places.map((name, n) => {
    const kind = n === places.length - 1 ? 'production' : 'development'
    const from = 30_000 + n * 10
    const ports = `{ from: ${from}, to: ${from + 9} }`
    return `kind: Environment
metadata: { name: ${name} }
spec: { kind: ${kind}, ports: ${ports} }
`
  })
  const many = Array.from({ length: services }, (_, n) => serviceText(n, '', places))
  await apply(to, environments)
  for (let n = 0; n < many.length; n += APPLIED_AT_ONCE)
    await apply(to, many.slice(n, n + APPLIED_AT_ONCE))
}

export const serviceText = (n: number, said: string, path: readonly string[] = ['env-0']) =>
  `kind: Service
metadata:
  name: service-${n}
  owner: team-${n % 40}
  tier: ${n % 4}
  description: Does the work of number ${n} ${said}
spec:
  source: { repository: https://git.example/${n} }
  path: [${path.join(', ')}]
  deploy: { run: { argv: [node, server.js], health: /healthz } }
`

export async function apply(to: Place['post'], documents: readonly string[]): Promise<void> {
  const text = documents.map((each) => `apiVersion: signalbox.dev/v1\n${each}`).join('---\n')
  await to('/manifests', { files: [{ path: 'bench.yaml', text }] })
}

const SLOWER = 4
/** 10 Mbps, 40 ms there and back. */
const LINE = {
  offline: false,
  latency: 40,
  downloadThroughput: 1_250_000,
  uploadThroughput: 1_250_000,
}

/** As on a small machine, behind a slow line where it is said so. */
export async function slowPage(context: BrowserContext, isLineSlow: boolean): Promise<Page> {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  if (isLineSlow) {
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', LINE)
  }
  return page
}
