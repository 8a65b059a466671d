/** The command line against a server of a few lines: exit codes, tokens, and what it prints. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Roles, runCli } from './program.ts'
import { keptFile, whereIs } from './token.ts'

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: unknown
}
type Reply = readonly [status: number, body: unknown]

async function serve(t: TestContext, reply: (asked: Asked) => Reply) {
  const asked: Asked[] = []
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: text === '' ? undefined : JSON.parse(text) }
      asked.push(one)
      const [status, body] = reply(one)
      response.writeHead(status)
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close().closeAllConnections())
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'signalbox-cli-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

async function run(t: TestContext, url: string, ...argv: string[]) {
  const said = { out: '', err: '' }
  const io = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    isTerminal: false,
    colour: false,
    columns: 80,
  }
  const environment = { SIGNALBOX_URL: url, SIGNALBOX_TOKEN: 'sbx_t', XDG_CONFIG_HOME: folder(t) }
  const roles = undefined as unknown as Roles
  const exit = await runCli(argv, { environment, version: '1.2.3', roles, io })
  return { exit, ...said }
}

const problem = (code: string, more: object = {}) => ({
  code,
  detail: 'It may not.\u001b[2J',
  remedy: 'Ask Ana.',
  ...more,
})

describe('exit codes', () => {
  it('0: done; the token and a fresh key travel along', async (t) => {
    const { asked, url } = await serve(t, () => [202, { services: ['shop'] }])
    const { exit, out } = await run(t, url, 'push', '/r.git')
    assert.deepEqual([exit, out], [0, 'Noted for shop. Watch it with: signalbox runs list\n'])
    const [one] = asked
    assert.equal(one?.headers.authorization, 'Bearer sbx_t')
    assert.match(String(one?.headers['idempotency-key']), /^[0-9a-f-]{36}$/)
    assert.deepEqual(one?.body, { repository: '/r.git', branch: 'main' })
  })

  it('1: refused, with code, reason and remedy, and no control characters', async (t) => {
    const { url } = await serve(t, () => [409, problem('run.ended', { whoCanAct: ['ana'] })])
    const { exit, err } = await run(t, url, 'runs', 'cancel', 'run_1')
    assert.equal(exit, 1)
    assert.equal(err, 'run.ended  It may not. [2J\nAsk Ana.\nWho can act: ana\n')
  })

  it('1: manifests that are wrong are named with their places', async (t) => {
    const place = { file: 'a.yaml', line: 3, column: 5, code: 'manifest.syntax' }
    const problems = [{ ...place, message: 'Bad.', remedy: 'Mend it.' }]
    const { url } = await serve(t, () => [422, problem('manifest.invalid', { problems })])
    const file = join(folder(t), 'a.yaml')
    writeFileSync(file, 'kind: Thing\n')
    const { exit, err } = await run(t, url, 'apply', '-f', file)
    assert.equal(exit, 1)
    assert.match(err, /^ {2}a\.yaml:3:5 {2}Bad\. Mend it\.$/m)
  })

  it('1: what cannot be read is said, and nothing is sent', async (t) => {
    const { asked, url } = await serve(t, () => [200, {}])
    const { exit, err } = await run(t, url, 'apply', '-f', '/nowhere/a.yaml')
    assert.equal(exit, 1)
    assert.match(err, /^file\.unreadable {2}\/nowhere\/a\.yaml cannot be read\./)
    assert.deepEqual(asked, [])
  })

  it('0: a push that nobody follows is said to be one', async (t) => {
    const { url } = await serve(t, () => [202, { services: [] }])
    const { exit, out } = await run(t, url, 'push', '/r.git')
    assert.equal(exit, 0)
    assert.match(out, /no service follows main of \/r\.git/)
  })

  it('1: an answer that is not ours is a strange server, whatever its status', async (t) => {
    for (const reply of [
      [200, '<html>'],
      [502, '<html>'],
      [500, { error: 'x' }],
    ] as const) {
      const { url } = await serve(t, () => reply)
      const { exit, err } = await run(t, url, 'runs', 'list')
      assert.equal(exit, 1)
      assert.match(err, /^server\.strange .*\nIs this the address of a Signalbox server\?/)
    }
  })

  it('2: not understood', async (t) => {
    const { asked, url } = await serve(t, () => [200, []])
    for (const argv of [
      ['nonsense'],
      ['promote', 'shop'],
      ['get', 'constructor'],
      ['changes', '--since', 'yesterday'],
      ['freeze', 'declare', 'x', '--reason', 'y', '--for', '2hours'],
      ['-o', 'xml', 'status'],
    ]) {
      const { exit, err } = await run(t, url, ...argv)
      assert.equal(exit, 2, argv.join(' '))
      assert.notEqual(err, '')
    }
    assert.deepEqual(asked, [])
  })

  it('3: it waits', async (t) => {
    const verdict = { verdict: 'wait', reasons: [], whoCanAct: ['ben'] }
    const plan = { strategy: 'canary', steps: [{ weight: 10, bakeMs: 60_000 }], bakeMs: 300_000 }
    const answer = { verdict, version: '1.0.0', plan: { ...plan, replicas: 2 } }
    const { url } = await serve(t, () => [200, answer])
    const { exit, out } = await run(t, url, 'explain', 'shop', '--to', 'prod')
    assert.equal(exit, 3)
    const how = 'How: canary\n  10 %, bakes 1m\n  100 %, bakes 5m\n'
    assert.equal(out, `shop 1.0.0 to prod: waits\nWho can act: ben\n${how}`)
  })

  it('4: nobody answers', async (t) => {
    const { url } = await serve(t, () => [200, {}])
    const port = Number(new URL(url).port)
    // A port that was ours and is no longer: nobody listens there.
    const gone = http.createServer()
    await once(gone.listen(0, '127.0.0.1'), 'listening')
    const { port: free } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    assert.notEqual(port, free)
    const { exit, err } = await run(t, `http://127.0.0.1:${free}`, 'status')
    assert.equal(exit, 4)
    assert.match(err, /^unreachable {2}No server answers/)
  })
})

describe('verbs', () => {
  it('promote takes a version, which is not that of the program', async (t) => {
    const { asked, url } = await serve(t, () => [200, { id: 'prm_1', status: 'started' }])
    const { exit } = await run(t, url, 'promote', 'shop', '--to', 'prod', '--version', '1.0.0')
    assert.equal(exit, 0)
    assert.deepEqual(asked[0]?.body, { service: 'shop', environment: 'prod', version: '1.0.0' })
    assert.equal((await run(t, url, '--version')).out, '1.2.3\n')
  })

  it('runs show says why a pipeline was refused, in lines and nothing else', async (t) => {
    const where = { service: 'shop', sha: 'abcdef0123', branch: 'main' }
    const row = { ...where, outcome: 'failed', doubted: [], jobs: [] }
    const { url } = await serve(t, () => [200, { ...row, refusal: 'one\u001b[31m\ntwo' }])
    const { exit, out } = await run(t, url, 'runs', 'show', 'run_1')
    assert.equal(exit, 1)
    assert.equal(out, 'shop abcdef01 on main: failed\none [31m\ntwo\nNo jobs.\n')
  })

  it('login keeps server and token where they are looked for, for us alone', async (t) => {
    const { url } = await serve(t, () => [200, { id: 'ana' }])
    const home = folder(t)
    const environment = { SIGNALBOX_URL: url, XDG_CONFIG_HOME: home }
    const io = { out: () => {}, err: () => {}, isTerminal: false, colour: false, columns: 80 }
    const roles = undefined as unknown as Roles
    const exit = await runCli(['login', '--token', 'sbx_mine'], {
      environment,
      version: '1',
      roles,
      io,
    })
    assert.equal(exit, 0)
    assert.ok(existsSync(keptFile(environment)))
    assert.deepEqual(JSON.parse(readFileSync(keptFile(environment), 'utf8')), {
      url,
      token: 'sbx_mine',
    })
    assert.deepEqual(whereIs({ XDG_CONFIG_HOME: home }, {}), { url, token: 'sbx_mine' })
  })
})

describe('where and as whom', () => {
  const kept = (home: string, text: string) => {
    const file = keptFile({ XDG_CONFIG_HOME: home })
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  it('flags win over the environment, that over what is kept, that over this machine', (t) => {
    const home = folder(t)
    const base = { XDG_CONFIG_HOME: home, SIGNALBOX_DATA: home }
    writeFileSync(join(home, 'admin-token'), 'local\n')
    assert.deepEqual(whereIs(base, {}), { url: 'http://127.0.0.1:4400', token: 'local' })
    kept(home, JSON.stringify({ url: 'https://kept.example', token: 'kept' }))
    assert.deepEqual(whereIs(base, {}), { url: 'https://kept.example', token: 'kept' })
    const named = { ...base, SIGNALBOX_URL: 'https://kept.example/', SIGNALBOX_TOKEN: 'env' }
    assert.deepEqual(whereIs(named, {}), { url: 'https://kept.example', token: 'env' })
    assert.deepEqual(whereIs(named, { url: 'http://flag', token: 'flag' }), {
      url: 'http://flag',
      token: 'flag',
    })
  })

  it('no token is shown to a server that it does not belong to', (t) => {
    const home = folder(t)
    const base = { XDG_CONFIG_HOME: home, SIGNALBOX_DATA: home }
    writeFileSync(join(home, 'admin-token'), 'local\n')
    kept(home, JSON.stringify({ url: 'https://kept.example', token: 'kept' }))
    for (const url of ['https://evil.example', 'http://127.0.0.1.evil.example', 'nonsense'])
      assert.equal(whereIs(base, { url }).token, undefined, url)
    for (const url of ['http://localhost:4400', 'http://127.0.0.1:9', 'http://[::1]:4400'])
      assert.equal(whereIs(base, { url }).token, 'local', url)
  })

  it('a file that is half written, or of something else, is as good as none', (t) => {
    const home = folder(t)
    for (const text of ['{"url":', 'null', '7', '{"url": 5, "token": {}}', '[]']) {
      kept(home, text)
      const where = whereIs({ XDG_CONFIG_HOME: home, SIGNALBOX_TOKEN: 'x' }, {})
      assert.equal(where.url, 'http://127.0.0.1:4400', text)
    }
  })
})
