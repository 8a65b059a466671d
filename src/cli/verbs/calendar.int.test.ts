/** The calendar's verbs against a server of a few lines. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Roles, runCli } from '../program.ts'

const AT = Date.UTC(2026, 0, 12, 8)

async function room(t: TestContext, answer: unknown) {
  const asked: { url: string; body: unknown }[] = []
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      asked.push({ url: request.url ?? '', body: text === '' ? undefined : JSON.parse(text) })
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close().closeAllConnections())
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const run = async (...argv: string[]) => {
    const said = { out: '', err: '' }
    const io = {
      out: (text: string) => void (said.out += text),
      err: (text: string) => void (said.err += text),
      isTerminal: false,
      colour: false,
      columns: 80,
    }
    const environment = { SIGNALBOX_URL: url, SIGNALBOX_TOKEN: 'x', XDG_CONFIG_HOME: folder }
    const roles = undefined as unknown as Roles
    const words = ['calendar', ...argv]
    return { exit: await runCli(words, { environment, version: '1', roles, io }), ...said }
  }
  return { asked, folder, run }
}

describe('signalbox calendar', () => {
  const entry = { kind: 'deny', name: 'month-end', reason: 'books', startsAt: AT, endsAt: AT + 1e7 }
  it('lists what is on it in the next days', async (t) => {
    const { run, asked } = await room(t, { entries: [entry], isCut: false })
    const { exit, out } = await run('--service', 'shop', '--env', 'prod', '--days', '3')
    assert.equal(exit, 0)
    assert.match(out, /2026-01-12 08:00Z {2}2026-01-12 10:46Z {2}closed {2}month-end {2}books/)
    const query = new URL(asked[0]?.url ?? '', 'http://x').searchParams
    assert.deepEqual([query.get('service'), query.get('environment')], ['shop', 'prod'])
    assert.equal(Number(query.get('to')) - Number(query.get('from')), 3 * 86_400_000)
  })
  it('asks for no more days than the server shows', async (t) => {
    const { run, asked } = await room(t, {})
    for (const days of ['0', '101', 'many']) assert.equal((await run('--days', days)).exit, 2)
    assert.deepEqual(asked, [])
  })
  it('answers as data when it is asked to', async (t) => {
    const { run } = await room(t, { entries: [entry], isCut: false })
    assert.deepEqual(JSON.parse((await run('-o', 'json')).out), [entry])
  })
})

describe('signalbox calendar now', () => {
  const trace = [{ isActive: true, until: AT, message: 'month-end closes it\u001b now.' }]
  const where = ['now', '--service', 'shop', '--env', 'prod']
  it('exits with 0 when it is open', async (t) => {
    const { run } = await room(t, { isOpen: true, nextOpen: null, nextClose: AT, trace })
    const { exit, out } = await run(...where)
    assert.equal(exit, 0)
    assert.match(
      out,
      /^shop in prod: open until 2026-01-12 08:00Z\n {2}● month-end closes it  now\./,
    )
  })
  it('exits with 3 when it is not, so that a script can wait', async (t) => {
    const { run } = await room(t, { isOpen: false, nextOpen: null, nextClose: null, trace })
    const { exit, out } = await run(...where)
    assert.equal(exit, 3)
    assert.match(out, /closed and it does not open in sight/)
    assert.equal((await run('-o', 'json', ...where)).exit, 3)
  })
})

describe('other calendars', () => {
  it('get it as a file', async (t) => {
    const { run, folder } = await room(t, 'BEGIN:VCALENDAR\r\n')
    const file = join(folder, 'releases.ics')
    assert.equal((await run('export', file)).exit, 0)
    assert.equal(readFileSync(file, 'utf8'), 'BEGIN:VCALENDAR\r\n')
    assert.equal((await run('export', '-')).out, 'BEGIN:VCALENDAR\r\n')
    assert.equal((await run('export', join(folder, 'no', 'such'))).exit, 1)
  })
  it('become freezes, and what was refused is said with its line', async (t) => {
    const taken = {
      summary: 'Easter',
      freeze: 'ics-1',
      startsAt: AT,
      endsAt: AT,
      change: 'declared',
    }
    const refused = { uid: 'b', summary: '', line: 9, message: 'It recurs.', remedy: 'Do not.' }
    const { run, asked, folder } = await room(t, { taken: [taken], refused: [refused] })
    const file = join(folder, 'in.ics')
    writeFileSync(file, 'BEGIN:VCALENDAR')
    const { exit, out, err } = await run('import', file, '--env', 'prod')
    assert.equal(exit, 1)
    assert.match(out, /✓ Easter .*freeze ics-1 declared/)
    assert.equal(err, '✕ b (line 9): It recurs. Do not.\n')
    assert.deepEqual(asked[0]?.body, {
      text: 'BEGIN:VCALENDAR',
      zone: 'UTC',
      environments: ['prod'],
    })
    assert.equal((await run('import', join(folder, 'none'))).exit, 1)
  })
})
