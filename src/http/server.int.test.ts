/** Who is let in, what every "no" looks like, and what happens when the database is gone. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { describe, it } from 'node:test'
import { newSecret } from '#engine/ids.ts'
import { Database } from '#engine/sql.ts'
import { quiet } from '../../test/support/database.ts'
import { ask, place, type Said } from '../../test/support/server.ts'
import { until } from '../../test/support/until.ts'

const saidOf = ({ status, json }: Said) => [status, json['code']]
const incident = { service: 'shop', environment: 'prod', title: 'Checkout fails' }

describe('who asks', () => {
  it('is known by a token, however the address is spelt', async (t) => {
    const at = await place(t)
    for (const path of ['/api/v1/services', '/%61pi/v1/services', '/api/v1/%73ervices'])
      assert.deepEqual(saidOf(await ask(at.url + path)), [401, 'access.unauthenticated'], path)
    assert.equal((await ask(`${at.url}/api/v1/me`, newSecret())).status, 401)
    const token = await at.token('ana', 'viewer')
    const me = await ask(`${at.url}/api/v1/me`, token)
    assert.deepEqual([me.status, me.json['id']], [200, 'ana'])
    assert.equal((await ask(`${at.url}/healthz`)).status, 200)
  })

  it('may do what its role may: a viewer looks, a runner stays on its own side', async (t) => {
    const at = await place(t)
    const [viewer, runner] = [await at.token('ana', 'viewer'), await at.token('r1', 'runner')]
    const denied = [403, 'access.denied']
    const opened = await ask(`${at.url}/api/v1/incidents`, viewer, { body: incident })
    assert.deepEqual(saidOf(opened), denied)
    for (const path of ['/api/v1/services', '/%61pi/v1/services', '/api/v1/incidents'])
      assert.deepEqual(saidOf(await ask(at.url + path, runner)), denied, path)
    for (const path of ['/api/v1/runner/whoami', '/api/v1/runn%65r/whoami']) {
      assert.deepEqual(saidOf(await ask(at.url + path, viewer)), denied, path)
      assert.equal((await ask(at.url + path, runner)).status, 200, path)
    }
  })

  it('by cookie must come from our own page to change anything', async (t) => {
    const at = await place(t)
    const cookie = `signalbox=${await at.token('ana', 'developer')}`
    const post = (headers: Record<string, string>) =>
      ask(`${at.url}/api/v1/incidents`, undefined, {
        body: incident,
        headers: { cookie, ...headers },
      })
    assert.deepEqual(saidOf(await post({})), [403, 'access.other-origin'])
    for (const origin of ['https://evil.example', 'null', 'nonsense'])
      assert.deepEqual(saidOf(await post({ origin })), [403, 'access.other-origin'], origin)
    assert.equal((await post({ origin: at.url })).status, 201)
    const read = await ask(`${at.url}/api/v1/me`, undefined, { headers: { cookie } })
    assert.equal(read.status, 200)
  })

  it('signs in by a link once, even when two follow it at the same moment', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'admin')
    const link = `${at.url}/login?token=${token}`
    const both = await Promise.all([ask2(link), ask2(link)])
    assert.deepEqual(both.map(({ status }) => status).sort(), [302, 401])
    assert.equal((await ask2(link)).status, 401)
    const session = both.find(({ status }) => status === 302)?.headers.get('set-cookie') ?? ''
    assert.match(session, /HttpOnly; SameSite=Strict/)
    const headers = { cookie: session.split(';')[0] ?? '' }
    assert.equal((await ask(`${at.url}/api/v1/me`, undefined, { headers })).status, 200)
    assert.equal((await ask(`${at.url}/api/v1/me`, token)).status, 401)
  })

  it('keeps the session off the open wire where people come by https', async (t) => {
    const sessionAt = async (publicUrl?: string) => {
      const at = await place(t, undefined, publicUrl)
      const answer = await ask2(`${at.url}/login?token=${await at.token('ana', 'admin')}`)
      return answer.headers.get('set-cookie') ?? ''
    }
    assert.match(await sessionAt('https://releases.example.org'), /; Secure/)
    assert.doesNotMatch(await sessionAt('http://releases.example.org'), /Secure/)
    assert.match(await sessionAt(), /HttpOnly; SameSite=Strict$/)
  })
})

const ask2 = (url: string) => fetch(url, { redirect: 'manual' })

describe('a "no"', () => {
  it('has one shape, whatever it is that went wrong', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'developer')
    const api = `${at.url}/api/v1`
    const deep = JSON.stringify({ n: 1, more: 'x'.repeat(5 * 1024 * 1024) })
    const post = (path: string, body: unknown) => ask(api + path, token, { body })
    const cases: readonly (readonly [Promise<Said>, number, string])[] = [
      [post('/incidents/inc_x/mitigate', { how: 'somehow' }), 409, 'incident.unopened'],
      [ask(`${api}/incidents/inc_x`, token), 404, 'incident.unknown'],
      [ask(`${api}/odd/fault`, token), 503, 'disk.full'],
      [ask(`${api}/odd/bug`, token), 500, 'server.bug'],
      [post('/odd/number', { n: 'one' }), 400, 'request.invalid'],
      [post('/odd/number', '{"n":'), 400, 'request.invalid'],
      [post('/odd/number', deep), 413, 'request.too-large'],
      [
        post('/incidents', { ...incident, title: 'NUL \u0000 here' }),
        400,
        'request.unstorable-text',
      ],
      [ask(`${api}/services/%00`, token), 400, 'request.unstorable-text'],
      [ask(`${api}/nowhere`, token), 404, 'route.unknown'],
      [ask(api.replace('/api/v1', '/services'), token), 404, 'page.not-built'],
    ]
    for (const [answer, status, code] of cases) {
      const { headers, json, ...said } = await answer
      assert.deepEqual([said.status, json['code']], [status, code])
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.deepEqual(Object.keys(json), ['type', 'title', 'status', 'detail', 'code', 'remedy'])
      for (const part of Object.values(json)) assert.ok(part !== '' && part !== undefined)
      assert.doesNotMatch(JSON.stringify(json), /a secret of the inside/)
    }
    const wrong = await post('/odd/number', { n: 'one' })
    assert.match(String(wrong.json['detail']), /^body\/n: /)
    assert.equal((await ask(`${api}/odd/fault`, token)).headers.get('retry-after'), '1')
  })
})

describe('a command over HTTP', () => {
  it('that is retried with its key is answered as the first time', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'developer')
    const post = (body: object, key: string) =>
      ask(`${at.url}/api/v1/incidents`, token, { body, headers: { 'idempotency-key': key } })
    const first = await post(incident, 'k1')
    const again = await post(incident, 'k1')
    assert.deepEqual([again.status, again.json], [201, first.json])
    const other = await post({ ...incident, title: 'Another one' }, 'k1')
    assert.deepEqual(saidOf(other), [422, 'idempotency.key-reused'])
    assert.notEqual((await post(incident, 'k2')).json['id'], first.json['id'])
  })

  it('that saw an older version is refused', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'developer')
    const api = `${at.url}/api/v1/incidents`
    const { json } = await ask(api, token, { body: incident })
    const mitigate = (tag: string) =>
      ask(`${api}/${String(json['id'])}/mitigate`, token, {
        body: { how: 'rolled back' },
        headers: { 'if-match': tag },
      })
    assert.deepEqual(saidOf(await mitigate('"0"')), [412, 'stream.moved-on'])
    assert.deepEqual(saidOf(await mitigate('"abc"')), [400, 'request.bad-if-match'])
    assert.equal((await mitigate('"1"')).status, 200)
  })
})

describe('the OpenAPI document', () => {
  it('is 3.1 and lists every route', async (t) => {
    const at = await place(t)
    const { json } = await ask(`${at.url}/api/v1/openapi.json`)
    assert.equal(json['openapi'], '3.1.0')
    const paths = json['paths'] as Record<string, object>
    const listed = Object.entries(paths).flatMap(([path, of]) =>
      Object.keys(of).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const mounted = at.mounted
      .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'))
      .filter((route) => !route.startsWith('HEAD'))
    assert.ok(mounted.length > 15)
    assert.deepEqual(
      mounted.filter((route) => !listed.includes(route)),
      [],
    )
  })
})

describe('when the database is gone', () => {
  it('everything answers 503, and is well again by itself', async (t) => {
    const wire = new Wire()
    const at = await place(t, (database) => wire.before(database))
    t.after(async () => {
      await wire.database?.close()
      wire.cut()
    })
    const token = await at.token('ana', 'developer')
    const api = `${at.url}/api/v1`
    assert.equal((await ask(`${api}/services`, token)).status, 200)
    wire.cut()
    for (const path of ['/api/v1/services', '/readyz']) {
      const said = await ask(at.url + path, token)
      assert.deepEqual(saidOf(said), [503, 'database.unavailable'], path)
    }
    const wrote = await ask(`${api}/incidents`, token, { body: incident })
    assert.equal(wrote.status, 503)
    wire.open()
    await until('well again', async () => (await ask(`${api}/services`, token)).status === 200)
    assert.equal((await ask(`${api}/incidents`, token, { body: incident })).status, 201)
  })
})

/** A wire to the database that can be cut and mended. */
class Wire {
  database: Database | undefined
  #server: net.Server | undefined
  #port = 0
  #target: net.NetConnectOpts = { port: 0 }
  readonly #sockets = new Set<net.Socket>()

  async before({ address }: Database): Promise<Database> {
    const { host = '127.0.0.1', port = 5432 } = address
    this.#target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
    this.open()
    const server = this.#server ?? assert.fail('just opened')
    await once(server, 'listening')
    this.#port = (server.address() as net.AddressInfo).port
    this.database = new Database({ ...address, host: '127.0.0.1', port: this.#port }, quiet)
    return this.database
  }

  open(): void {
    this.#server = net.createServer((near) => {
      const far = net.connect(this.#target)
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one)
        one.on('error', () => other.destroy()).on('close', () => other.destroy())
        one.pipe(other)
      }
    })
    this.#server.listen(this.#port, '127.0.0.1')
  }

  cut(): void {
    this.#server?.close()
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }
}
