/** The verb against a server of a few lines: what it asks, and what becomes of a cut line. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { type Roles, runCli } from '../program.ts'

type Handler = (url: URL, response: http.ServerResponse) => void

async function serve(t: TestContext, handler: Handler) {
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '')
    handler(new URL(request.url ?? '', 'http://x'), response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close().closeAllConnections())
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function run(url: string, ...argv: string[]) {
  const said = { out: '', err: '' }
  const io = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    isTerminal: false,
    colour: false,
    columns: 80,
  }
  const environment = { SIGNALBOX_URL: url, SIGNALBOX_TOKEN: 'sbx_t', XDG_CONFIG_HOME: '/none' }
  const roles = undefined as unknown as Roles
  const exit = await runCli(argv, { environment, version: '1.2.3', roles, io })
  return { exit, ...said }
}

const json = (response: http.ServerResponse, body: object) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const event = (id: number, name: string, data: object) =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`

test('a followed log goes on where the line was cut, and in the next attempt', async (t) => {
  let streams = 0
  const { asked, url } = await serve(t, ({ pathname }, response) => {
    if (!pathname.endsWith('/stream')) {
      const attempt = streams === 0 ? 1 : 2
      json(response, { jobs: [{ name: 'test', status: 'leased', attempt }] })
      return
    }
    streams += 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (streams === 1) {
      response.write(`: beat\n\n${event(4, 'log', { text: 'one\n' })}id: 9\nevent: lo`)
      setImmediate(() => response.destroy())
    } else if (streams === 2) response.end(event(8, 'log', { text: 'two\n' }) + event(8, 'end', {}))
    else response.end(event(6, 'log', { text: 'again\n' }) + event(6, 'end', {}))
  })
  const { exit, out, err } = await run(url, 'logs', 'run_1', 'test', '--follow')
  assert.deepEqual([exit, out, err], [0, 'one\ntwo\nagain\n', ''])
  assert.deepEqual(
    asked.filter((path) => path.includes('/stream')).map((path) => path.split('?')[1]),
    ['offset=0&attempt=1', 'offset=4&attempt=1', 'offset=0&attempt=2'],
  )
})

test('every job is told when none is named, from the line that was asked for', async (t) => {
  const { url } = await serve(t, ({ pathname, searchParams }, response) => {
    if (pathname.endsWith('/runs/run_1'))
      return json(response, { jobs: [{ name: 'lint' }, { name: 'test' }] })
    if (searchParams.has('fromLine'))
      return json(response, { lines: [{ line: 1, offset: 4, text: '' }], size: 9 })
    return response.end(Buffer.from('one\ntwo\n').subarray(Number(searchParams.get('offset'))))
  })
  const { out } = await run(url, 'logs', 'run_1', '--since-line', '-1')
  assert.equal(out, 'lint | two\ntest | two\n')
})

test('a search is gone on with until the log ends, and says when nothing matches', async (t) => {
  const { asked, url } = await serve(t, ({ searchParams }, response) => {
    const from = Number(searchParams.get('fromLine'))
    const around = {
      before: [{ line: 9, text: 'near both' }],
      after: [{ line: 9, text: 'near both' }],
    }
    const none = { before: [], after: [] }
    const near = searchParams.get('context') === '1' ? around : none
    const line = { line: from + 3, text: `error ${from}`, ...near }
    if (searchParams.get('q') === 'none') json(response, { matches: [], next: null })
    else json(response, { matches: [line], next: from === 0 ? 10 : null })
  })
  const found = await run(url, 'logs', 'run_1', 'test', '--grep', 'err.r', '-i')
  assert.deepEqual([found.exit, found.out], [0, '4: error 0\n14: error 10\n'])
  assert.match(asked[0] ?? '', /search\?q=err\.r&regex=true&case=false&context=0&limit=500/)
  const near = await run(url, 'logs', 'run_1', 'test', '--grep', 'err', '-C', '1')
  assert.equal(near.out, '4: error 0\n10- near both\n14: error 10\n')
  const late = await run(url, 'logs', 'run_1', 'test', '--grep', 'err', '--since-line', '11')
  assert.equal(late.out, '14: error 10\n')
  const none = await run(url, 'logs', 'run_1', 'test', '--grep', 'none')
  assert.deepEqual([none.exit, none.err], [1, 'No line matches.\n'])
  assert.equal((await run(url, 'logs', 'run_1', '--grep', 'x', '--follow')).exit, 2)
})
