import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import test, { type TestContext } from 'node:test'
import { openFiles } from '#connectors/files/files.ts'
import { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { jobSpec } from '../../../../test/support/job-spec.ts'
import { quiet, withDatabase } from '../../../../test/support/database.ts'
import { serverOf } from '../../../../test/support/routes.ts'

import type { LogName, LogStore } from '../../ports.ts'
import { LEASE_HEADER } from '../../protocol.ts'
import { runs } from '../../run.ts'
import { views } from '../../views.ts'
import { logRoutes } from './room.ts'

const RUN = 'run_1'
const LOG: LogName = { run: RUN, job: 'test', attempt: 1 }
const asked = { at: 1_000, by: 'ana' }
const system = { actor: SYSTEM }

/** A run with two jobs, of which `test` is being worked on. */
async function startLogs(t: TestContext, secrets: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-logs-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const engine = new Engine({
    database: await withDatabase(t),
    views,
    authorize: () => undefined,
    log: quiet,
  })
  await engine.prepare()
  const source = { service: 'shop', repository: 'r', branch: 'main', sha: 'a'.repeat(40) }
  const facts = { directory: '.', trigger: 'push', pipeline: 'p' } as const
  const jobs = [jobSpec('test'), jobSpec('lint')]
  const queue = { type: 'run.queue', ...asked, run: RUN, ...source, ...facts, jobs } as const
  await engine.execute(runs, RUN, queue, system)
  const lease = async (job: string, key: string) => {
    const facts = { lease: key, runner: 'r', expiresAt: 9e12 }
    await engine.execute(runs, RUN, { type: 'run.leaseJob', ...asked, job, ...facts }, system)
  }
  const whose = { job: 'test', lease: 'lse_1' } as const
  const finish = async () => {
    const end = { attempt: 1, outcome: 'succeeded', durationMs: 1, logBytes: 1 } as const
    const finished = { type: 'run.finishJob', ...asked, ...whose, ...end, logCut: false } as const
    await engine.execute(runs, RUN, finished, system)
  }
  const lose = async () => {
    await engine.execute(runs, RUN, { type: 'run.loseJob', ...asked, ...whose }, system)
  }
  await lease('test', 'lse_1')
  const { logs } = await openFiles(folder)
  let reads = 0
  const counting: LogStore = {
    ...logs,
    read(log, offset, max) {
      if (max > 0) reads += 1
      return logs.read(log, offset, max)
    },
  }
  const routes = logRoutes({ logs: counting, secrets: { values: () => secrets } })
  const server = serverOf(
    t,
    (app, context) => {
      app.addContentTypeParser('application/octet-stream', (_, body, done) => done(null, body))
      routes(app, context)
    },
    { engine, now: () => 1_000 },
  )
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await server.inject({ url: `/runs/${RUN}/jobs/${path}`, headers })
    const isJson = String(answer.headers['content-type']).includes('json')
    const json = (isJson ? answer.json() : undefined) as never
    return { status: answer.statusCode, json, text: answer.body, headers: answer.headers }
  }
  const append = async (
    text: string | Buffer,
    at: { offset: number; job?: string; attempt?: number; key?: string },
  ) => {
    const { offset, job = 'test', attempt = 1, key = 'lse_1' } = at
    const answer = await server.inject({
      method: 'POST',
      url: `/runner/jobs/${RUN}/${job}/log?attempt=${attempt}&offset=${offset}`,
      headers: { [LEASE_HEADER]: key, 'content-type': 'application/octet-stream' },
      payload: Buffer.from(text),
    })
    return { status: answer.statusCode, json: answer.json() as never }
  }
  return { server, engine, logs, ask, append, lease, lose, finish, reads: () => reads }
}

type Line = { line: number; text: string; offset: number; isCut?: boolean }
type Found = { matches: (Line & { before: Line[]; after: Line[] })[]; next: number | null }
const textsOf = ({ lines }: { lines: readonly Line[] }) => lines.map(({ text }) => text)

test('only who holds the lease of this attempt of this job writes its log', async (t) => {
  const { append, lease, lose, ask } = await startLogs(t)
  assert.deepEqual((await append('one\n', { offset: 0 })).json, { size: 4 })
  assert.deepEqual((await append('one\ntwo\n', { offset: 0 })).json, { size: 8 })
  await lease('lint', 'lse_lint')
  for (const at of [
    { offset: 8, key: 'lse_old' },
    { offset: 8, key: 'lse_lint' },
    { offset: 0, job: 'lint' },
    { offset: 0, attempt: 2 },
  ]) {
    const refused = await append('foreign\n', at)
    assert.equal(refused.status, 409, JSON.stringify(at))
    assert.equal((refused.json as { code: string }).code, 'run.lease-lost')
  }
  const gap = await append('x', { offset: 9 })
  assert.deepEqual([gap.status, (gap.json as { code: string }).code], [409, 'log.gap'])
  // Queued again: the first attempt is closed, whoever still holds its lease.
  await lose()
  await lease('test', 'lse_2')
  const both = [
    append('late\n', { offset: 8 }),
    append('second\n', { offset: 0, attempt: 2, key: 'lse_2' }),
    append('late\n', { offset: 0, attempt: 2 }),
  ]
  assert.deepEqual(
    (await Promise.all(both)).map(({ status }) => status),
    [409, 200, 409],
  )
  assert.equal((await ask('test/log?attempt=1')).text, 'one\ntwo\n')
  const second = await ask('test/log')
  assert.deepEqual([second.text, second.headers['x-log-done']], ['second\n', 'false'])
  assert.equal((await ask('test/log?attempt=1')).headers['x-log-done'], 'true')
})

test('bytes come by offset and by range', async (t) => {
  const { ask, append } = await startLogs(t)
  await append(Buffer.from('0123456789\xff', 'latin1'), { offset: 0 })
  const range = async (said: string) => {
    const { status, text, headers } = await ask('test/log', { range: said })
    return [status, text, headers['content-range']]
  }
  assert.deepEqual(await range('bytes=2-4'), [206, '234', 'bytes 2-4/11'])
  assert.deepEqual(await range('bytes=8-'), [206, '89\ufffd', 'bytes 8-10/11'])
  assert.deepEqual(await range('bytes=-3'), [206, '89\ufffd', 'bytes 8-10/11'])
  assert.equal((await range('bytes=nonsense'))[0], 200)
  assert.equal((await ask('test/log?offset=-2')).headers['x-log-offset'], '9')
  const whole = await ask('test/log/whole')
  assert.equal(whole.headers['content-disposition'], 'attachment; filename="run_1-test.1.log"')
  assert.equal(whole.text, '0123456789\ufffd')
})

test('lines come by number, from a log of any length', async (t) => {
  const { ask, logs, reads } = await startLogs(t)
  const lines = Array.from({ length: 200_000 }, (_, i) => `line ${i} of a log\n`)
  const whole = Buffer.from(lines.join(''))
  for (let at = 0; at < whole.length; at += 1e6)
    await logs.append(LOG, at, whole.subarray(at, at + 1e6))
  const before = reads()
  const { json } = await ask('test/log?fromLine=123456&lines=3')
  const {
    total,
    next,
    from,
    lines: found,
    isDone,
  } = json as {
    total: number
    next: number
    from: number
    lines: Line[]
    isDone: boolean
  }
  assert.equal(reads() - before, 1)
  assert.deepEqual([from, next, total, isDone], [123_456, 123_459, 200_000, false])
  assert.deepEqual(
    textsOf({ lines: found }),
    [0, 1, 2].map((i) => `line ${123_456 + i} of a log`),
  )
  assert.deepEqual(textsOf((await ask('test/log?fromLine=-1')).json), ['line 199999 of a log'])
  assert.deepEqual(textsOf((await ask('test/log?fromLine=200000')).json), [])
  assert.equal((await ask('test/log?fromLine=1.5')).status, 400)
  assert.equal((await ask('test/log?fromLine=0&lines=1001')).status, 400)
})

test('a line of a hundred megabytes is one line', { timeout: 120_000 }, async (t) => {
  const { ask, logs } = await startLogs(t)
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  await logs.append(LOG, 0, Buffer.from('first\n'))
  for (let i = 0; i < 100; i++) await logs.append(LOG, 6 + i * chunk.length, chunk)
  await logs.append(LOG, 6 + 100 * chunk.length, Buffer.from('99%\r100%\nlast'))
  const found = (await ask('test/log?fromLine=0')).json as { lines: Line[]; total: number }
  assert.deepEqual(textsOf(found), ['first', '100%', 'last'])
  assert.deepEqual([found.total, found.lines[1]?.isCut], [3, true])
  // Two seconds may not be enough for it: then it is gone on with.
  const matches: Line[] = []
  for (let from: number | null = 0; from !== null;) {
    const part = (await ask(`test/log/search?q=last&fromLine=${from}`)).json as Found
    matches.push(...part.matches)
    from = part.next
  }
  assert.deepEqual(
    matches.map(({ line, offset }) => [line, offset]),
    [[2, 6 + 100 * chunk.length + 9]],
  )
})

test('a search says where, with what stands around it, and where to go on', async (t) => {
  const { ask, append } = await startLogs(t)
  const text = Array.from({ length: 50 }, (_, i) => (i % 10 === 5 ? `Error ${i}` : `fine ${i}`))
  await append(text.join('\n'), { offset: 0 })
  const search = async (query: string) => (await ask(`test/log/search?${query}`)).json as Found
  const first = await search('q=error&limit=2&context=1')
  assert.deepEqual(
    first.matches.map(({ line, text: said, before, after }) => [
      ...before.map((each) => each.text),
      `${line}: ${said}`,
      ...after.map((each) => each.text),
    ]),
    [
      ['fine 4', '5: Error 5', 'fine 6'],
      ['fine 14', '15: Error 15', 'fine 16'],
    ],
  )
  assert.equal(first.next, 16)
  const rest = await search(`q=error&fromLine=${first.next}`)
  assert.deepEqual([rest.matches.map(({ line }) => line), rest.next], [[25, 35, 45], null])
  assert.deepEqual((await search('q=error&case=true')).matches, [])
  const regex = await search(`q=${encodeURIComponent('^E.*[24]5$')}&regex=true`)
  assert.deepEqual(
    regex.matches.map(({ line }) => line),
    [25, 45],
  )
  const bad = await ask(`test/log/search?q=${encodeURIComponent('(a')}&regex=true`)
  assert.deepEqual([bad.status, (bad.json as { code: string }).code], [422, 'log.bad-pattern'])
})

test('groups are found, and what nobody knows is said', async (t) => {
  const { ask, append } = await startLogs(t)
  await append('::group::Install\nx\n::endgroup::\n', { offset: 0 })
  assert.deepEqual((await ask('test/log/groups')).json, {
    groups: [{ title: 'Install', from: 0, to: 2 }],
    isWhole: true,
  })
  const wrong = (await ask('tset/log')).json as { code: string; remedy: string }
  assert.equal(wrong.code, 'job.unknown')
  assert.match(wrong.remedy, /test/)
  assert.equal(((await ask('test/log?attempt=2')).json as { code: string }).code, 'attempt.unknown')
})

test('a secret that became known later is hidden from every reader', async (t) => {
  const { ask, logs } = await startLogs(t, ['hunter22', 'multi\nline-secret'])
  // One of them over the border of two reads.
  const filler = `${'x'.repeat(99)}\n`.repeat(Math.ceil((1024 * 1024) / 100))
  const text = `a hunter22 b\n${filler.slice(0, 1024 * 1024 - 17)}hunter22\nline-secret\nend hunte`
  for (let at = 0; at < text.length; at += 1e6)
    await logs.append(LOG, at, Buffer.from(text.slice(at, at + 1e6)))
  const seen = [
    (await ask('test/log?fromLine=0&lines=1')).text,
    (await ask('test/log?fromLine=-3')).text,
    (await ask('test/log')).text,
    (await ask(`test/log?offset=${1024 * 1024 - 10}`)).text,
    (await ask('test/log', { range: 'bytes=4-8' })).text,
    (await ask('test/log/whole')).text,
  ]
  for (const each of seen) assert.doesNotMatch(each, /hunt|unter|line-secret/)
  assert.equal(seen[5]?.length, text.length)
  // Nor can it be guessed by searching for it.
  for (const q of ['hunter22', 'hunter', 'line-secret'])
    assert.deepEqual(((await ask(`test/log/search?q=${q}`)).json as { matches: [] }).matches, [])
})

async function streamAt(server: Awaited<ReturnType<typeof startLogs>>['server']) {
  const address = await server.listen({ host: '127.0.0.1', port: 0 })
  return `${address}/runs/${RUN}/jobs/test/log/stream`
}

interface Frame {
  readonly id: string
  readonly event: string
  readonly data: { readonly text?: string; readonly size: number }
}

/** Reads frames as they come. */
function watch(t: TestContext, url: string, headers: Record<string, string> = {}) {
  const frames: Frame[] = []
  let rest = ''
  let heard = Promise.withResolvers<void>()
  const request = get(url, { headers }, (answer) => {
    answer.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n\n')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1] ?? ''
        if (field('event') !== '')
          frames.push({ id: field('id'), event: field('event'), data: JSON.parse(field('data')) })
      }
      heard.resolve()
      heard = Promise.withResolvers()
    })
  })
  request.on('error', () => {})
  t.after(() => request.destroy())
  const text = () => frames.map(({ data }) => data.text ?? '').join('')
  const until = async (isThere: () => boolean) => {
    while (!isThere()) await heard.promise
  }
  return { frames, text, until, close: () => request.destroy() }
}

test(
  'a log is followed while it is written, and resumed by byte',
  { timeout: 60_000 },
  async (t) => {
    const { server, append, finish } = await startLogs(t)
    const url = await streamAt(server)
    await append('one\n', { offset: 0 })
    const first = watch(t, url)
    await first.until(() => first.text() === 'one\n')
    await append('two é', { offset: 4 })
    await first.until(() => first.text().endsWith('é'))
    // Half a letter waits for its other half.
    await append(Buffer.from([0xf0, 0x9f]), { offset: 10 })
    first.close()
    const again = watch(t, url, { 'last-event-id': first.frames.at(-1)?.id ?? '' })
    await append(Buffer.from([0x98, 0x80, 10]), { offset: 12 })
    await again.until(() => again.text().endsWith('\n'))
    assert.equal(first.text() + again.text(), 'one\ntwo é😀\n')
    await finish()
    await again.until(() => again.frames.at(-1)?.event === 'end')
    assert.deepEqual(again.frames.at(-1), { id: '15', event: 'end', data: { size: 15 } })
    const whole = watch(t, `${url}?offset=-3`)
    await whole.until(() => whole.frames.at(-1)?.event === 'end')
    assert.equal(whole.frames[0]?.data.size, 15)
  },
)

test('many viewers of one log share its reads', { timeout: 60_000 }, async (t) => {
  const { server, append, finish, reads } = await startLogs(t)
  const url = await streamAt(server)
  await append('start\n', { offset: 0 })
  const viewers = Array.from({ length: 40 }, () => watch(t, url))
  const all = (text: string) =>
    Promise.all(viewers.map((viewer) => viewer.until(() => viewer.text().endsWith(text))))
  await all('start\n')
  const before = reads()
  await append('more\n', { offset: 6 })
  await all('more\n')
  await finish()
  await Promise.all(
    viewers.map((viewer) => viewer.until(() => viewer.frames.at(-1)?.event === 'end')),
  )
  for (const viewer of viewers) assert.equal(viewer.text(), 'start\nmore\n')
  assert.ok(reads() - before < viewers.length, `${reads() - before} reads`)
})

test('a viewer that does not read holds up neither the log nor the others', async (t) => {
  const { server, logs, finish } = await startLogs(t)
  const url = await streamAt(server)
  const chunk = Buffer.from(`${'y'.repeat(1023)}\n`.repeat(1024))
  for (let i = 0; i < 24; i++) await logs.append(LOG, i * chunk.length, chunk)
  await finish()
  const slow = get(url)
  t.after(() => slow.destroy())
  slow.on('error', () => {})
  const [answer] = await once(slow, 'response')
  answer.pause()
  const quick = watch(t, url)
  await quick.until(() => quick.frames.at(-1)?.event === 'end')
  assert.equal(quick.text().length, 24 * chunk.length)
  let size = 0
  for await (const part of answer as AsyncIterable<Buffer>) size += part.length
  assert.ok(size > 24 * chunk.length, 'it has the rest when it reads on')
  await turn()
})
