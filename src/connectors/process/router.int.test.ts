/** What both routers owe the agent, with upstreams that misbehave in ways a service would not. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { hasHaproxy, publicPort } from '../../../test/support/process-host.ts'
import { ask, askMany } from '../../../test/support/requests.ts'
import { until } from '../../../test/support/until.ts'
import { HaproxyRouter } from './haproxy/router.ts'
import { NodeRouter } from './node/router.ts'
import type { Router, ServerReading } from './router.ts'
import { DEFAULT_PATH, type Settings } from './settings.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const kinds = (await hasHaproxy()) ? (['haproxy', 'node'] as const) : (['node'] as const)

interface Upstream {
  readonly port: number
  /** `GET /path`, in order. */
  readonly seen: string[]
  /** From now on connections are closed by their second request. */
  readonly dropReused: () => void
  readonly close: () => void
}

/**
 * Answers by path: `/drop` closes without a word, `/half` breaks off, `/stay` never ends,
 * `/headers` tells what came.
 */
function startUpstream() {
  const seen: string[] = []
  const used = new WeakSet<Socket>()
  let dropsReused = false
  const server = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    const isReused = used.has(request.socket)
    used.add(request.socket)
    if (dropsReused && isReused) request.socket.destroy()
    else if (request.url === '/drop') request.socket.destroy()
    else if (request.url === '/stay') response.write('and nothing more')
    else if (request.url === '/headers') response.end(JSON.stringify(request.headers))
    else if (request.url === '/half') {
      response.writeHead(200, { 'content-length': 1000 }).write('half')
      setTimeout(() => request.socket.destroy(), 20)
    } else response.end('fine')
  })
  return new Promise<Upstream>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({
        port,
        seen,
        dropReused: () => {
          dropsReused = true
        },
        close: () => server.close().closeAllConnections(),
      })
    })
  })
}

for (const kind of kinds)
  describe(`router: ${kind}`, () => {
    let dir: string
    let router: Router
    let upstream: Upstream
    let port: number
    before(async () => {
      dir = mkdtempSync(join(tmpdir(), 'sb-'))
      const settings: Settings = { dir, log: quiet, path: DEFAULT_PATH, graceMs: 0, drainMs: 0 }
      router =
        kind === 'node'
          ? new NodeRouter(settings, dir, () => {})
          : await HaproxyRouter.open(settings, dir, () => {})
      upstream = await startUpstream()
      port = await publicPort()
    })
    after(async () => {
      upstream.close()
      await router.close('stop')
      rmSync(dir, { recursive: true, force: true })
    })

    /** A slot of one server, counters at nothing. */
    async function only(key: string): Promise<() => Promise<ServerReading>> {
      const id = `i-${key}`
      await router.apply({ key: 'a', port, servers: [{ id, port: upstream.port, weight: 100 }] })
      return () =>
        until('its reading', async () => (await router.read('a')).find((r) => r.id === id))
    }
    const countsOf = async (read: () => Promise<ServerReading>) => (await read()).counts.values

    it('holds nothing before it is told', async () => {
      assert.deepEqual(await router.read('nothing'), [])
      assert.equal(await router.holds('a', port), false)
      await router.apply({ key: 'a', port, servers: [] })
      assert.equal(await router.holds('a', port), true)
      assert.equal((await ask(port, '/')).status, 503)
    })

    it('counts what another server had to take over against the one that failed', async () => {
      const closed = await publicPort()
      await router.apply({
        key: 'a',
        port,
        servers: [
          { id: 'dead', port: closed, weight: 128 },
          { id: 'live', port: upstream.port, weight: 128 },
        ],
      })
      const answers = await askMany(port, 20)
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      const readings = new Map((await router.read('a')).map((r) => [r.id, r.counts.values]))
      const [failedOver = 0, bad = 0] = readings.get('dead') ?? []
      assert.ok(failedOver > 0)
      assert.equal(bad, failedOver)
      assert.deepEqual(readings.get('live'), [20, 0])
    })

    it('counts dropped and broken answers, each once', async () => {
      const read = await only('drop')
      assert.equal((await ask(port, '/drop', { method: 'POST' })).status, 502)
      assert.deepEqual(await countsOf(read), [1, 1])
      assert.equal((await ask(port, '/half')).status, 0)
      await until('the break is counted', async () => (await countsOf(read))[1] === 2)
      assert.deepEqual(await countsOf(read), [2, 2])
    })

    it('sends a POST once, whatever becomes of it', async () => {
      const server = { port: upstream.port, weight: 100 }
      const servers = ['one', 'two'].map((id) => ({ id, ...server }))
      await router.apply({ key: 'a', port, servers })
      upstream.seen.length = 0
      await ask(port, '/drop', { method: 'POST', body: 'order' })
      await ask(port, '/drop', { method: 'POST' })
      assert.deepEqual(upstream.seen, ['POST /drop', 'POST /drop'])
    })

    it('does not blame a server for users who go away', async () => {
      const read = await only('away')
      const request = http.get({ host: '127.0.0.1', port, path: '/stay', agent: false })
      request.on('error', () => {})
      await new Promise((resolve) => request.once('response', resolve))
      request.destroy()
      await until('it is over', async () => (await read()).inFlight === 0)
      assert.deepEqual(await countsOf(read), [1, 0])
    })

    it('outlives users who break off at any moment', async () => {
      const read = await only('abrupt')
      const life = async () => (await read()).counts.epoch
      const before = await life()
      const post = 'POST / HTTP/1.1\r\nHost: x\r\n'
      const beginnings = [
        'complete nonsense\r\n\r\n',
        'GET / HT',
        'GET /half HTTP/1.1\r\nHost: x\r\n\r\n',
        `${post}Content-Length: 100000\r\n\r\nsome`,
        `${post}Transfer-Encoding: chunked\r\n\r\n5\r\nso`,
        `${post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nso`,
        'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      ]
      for (const [i, beginning] of [...beginnings, ...beginnings].entries()) {
        const socket = connect(port, '127.0.0.1').on('error', () => {})
        await once(socket, 'connect')
        socket.write(beginning)
        // Half of them at once, half when the router has had a look.
        if (i < beginnings.length) await new Promise(setImmediate)
        else await ask(port, '/')
        socket.resetAndDestroy()
      }
      assert.equal((await ask(port, '/')).status, 200)
      assert.equal(await life(), before)
      await until('nothing is left over', async () => (await read()).inFlight === 0)
    })

    it('asks again when an idle connection closed under a harmless request', async (t) => {
      const fickle = await startUpstream()
      t.after(fickle.close)
      const servers = [{ id: 'i-fickle', port: fickle.port, weight: 100 }]
      await router.apply({ key: 'a', port, servers })
      assert.equal((await ask(port, '/')).status, 200)
      fickle.dropReused()
      const answers = await askMany(port, 8)
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      const [reading] = await router.read('a')
      assert.equal(reading?.counts.values[1], 0)
    })

    it('passes headers on, but not those of the connection', async () => {
      await only('headers')
      const agent = new http.Agent({ keepAlive: true })
      const { text } = await ask(port, '/headers', { agent })
      agent.destroy()
      const headers = JSON.parse(text) as Record<string, string>
      assert.equal(headers['host'], `127.0.0.1:${port}`)
      assert.equal(headers['x-forwarded-for'], '127.0.0.1')
      assert.equal(headers['keep-alive'], undefined)
    })

    it('follows a server to another port', async (t) => {
      await only('move')
      const other = await startUpstream()
      t.after(other.close)
      await router.apply({
        key: 'a',
        port,
        servers: [{ id: 'i-move', port: other.port, weight: 100 }],
      })
      await ask(port, '/moved')
      assert.deepEqual(other.seen, ['GET /moved'])
    })

    it('forgets a slot and frees its port', async () => {
      await router.forget('a')
      assert.equal((await ask(port, '/')).status, 0)
      assert.deepEqual(await router.read('a'), [])
    })
  })
