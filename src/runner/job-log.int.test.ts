import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { Fault } from '#kernel/fault.ts'
import { LOG_CHUNK_BYTES_MAX } from '../pipelines/protocol.ts'
import { openJobLog, type LogTarget } from './job-log.ts'

/** What waits for ever when it is broken fails instead. */
const PATIENCE = { timeout: 20_000 }

function openLog(t: TestContext, target: LogTarget) {
  const folder = mkdtempSync(join(tmpdir(), 'job-log-'))
  const log = openJobLog(join(folder, 'log'), target)
  t.after(() => {
    log.close()
    rmSync(folder, { recursive: true })
  })
  return log
}

/** What a server that appends by offset holds, and how it was sent. */
function makeServer() {
  const chunks: number[] = []
  let held = Buffer.alloc(0)
  return {
    chunks,
    text: () => held.toString(),
    lose: (size: number) => (held = held.subarray(0, size)),
    async send(offset: number, bytes: Uint8Array) {
      if (offset > held.length)
        throw new Fault('log.gap', 'There is a gap.', { remedy: 'None.', retry: false })
      chunks.push(bytes.length)
      held = Buffer.concat([held, bytes.subarray(held.length - offset)])
      return held.length
    },
  }
}
const away = () => new Fault('server.unreachable', 'It is away.', { remedy: 'Wait.' })

test('lines of the runner stand on lines of their own', async (t) => {
  const server = makeServer()
  const log = openLog(t, server)
  log.say('begins')
  log.write(Buffer.from('no newline'))
  log.say('ends')
  assert.deepEqual(await log.finish(), { logBytes: 45, logCut: false })
  assert.equal(server.text(), 'signalbox: begins\nno newline\nsignalbox: ends\n')
})

test('a long log goes in chunks that the server takes, a chatty one in few', async (t) => {
  const server = makeServer()
  const log = openLog(t, server)
  for (let i = 0; i < 1000; i++) log.write(Buffer.from(`${i}\n`))
  await log.finish()
  assert.equal(server.chunks.length, 1)
  const long = makeServer()
  const longLog = openLog(t, long)
  longLog.write(Buffer.alloc(LOG_CHUNK_BYTES_MAX * 2 + 5, 'x'))
  await longLog.finish()
  assert.deepEqual(long.chunks, [LOG_CHUNK_BYTES_MAX, LOG_CHUNK_BYTES_MAX, 5])
})

test('an answer that never came is sent again, and counted once', async (t) => {
  const server = makeServer()
  let failures = 2
  const log = openLog(t, {
    async send(offset, bytes) {
      const size = await server.send(offset, bytes)
      if (failures-- > 0) throw away()
      return size
    },
  })
  log.write(Buffer.from('one\ntwo\n'))
  await log.finish()
  assert.equal(server.text(), 'one\ntwo\n')
})

test('a server that lost a part of the log gets it again', PATIENCE, async (t) => {
  const server = makeServer()
  const sent = Promise.withResolvers<void>()
  const log = openLog(t, {
    send: (offset, bytes) => server.send(offset, bytes).finally(sent.resolve),
  })
  log.write(Buffer.from('one\n'))
  await sent.promise
  server.lose(2)
  log.write(Buffer.from('two\n'))
  assert.deepEqual(await log.finish(), { logBytes: 8, logCut: false })
  assert.equal(server.text(), 'one\ntwo\n')
})

test('a log that is full says so once, keeps its bound and still hears the runner', async (t) => {
  const server = makeServer()
  const log = openLog(t, { ...server, bytesMax: 20_000 })
  for (let i = 0; i < 100; i++) log.write(Buffer.alloc(1000, 'x'))
  log.say('failed: exit code 1')
  const { logBytes, logCut } = await log.finish()
  assert.ok(logCut && logBytes <= 20_000)
  const notice = 'signalbox: the log is cut here: it may have 20000 bytes. The job runs on\n'
  assert.ok(server.text().endsWith(`x\n${notice}signalbox: failed: exit code 1\n`))
  for (let i = 0; i < 200; i++) log.say('y'.repeat(5000))
  assert.ok((await log.finish()).logBytes <= 20_000)
})

test('a log that the server refuses counts as cut, and holds nobody up', async (t) => {
  const refusal = new Fault('server.refused', 'No.', { remedy: 'None.', retry: false })
  const log = openLog(t, { send: () => Promise.reject(refusal) })
  log.write(Buffer.from('x'))
  assert.deepEqual(await log.finish(), { logBytes: 1, logCut: true })
})

test('a closed log ends its waiting', PATIENCE, async (t) => {
  const log = openLog(t, { send: () => Promise.reject(away()) })
  log.write(Buffer.from('x'))
  const finished = log.finish()
  log.close()
  assert.equal((await finished).logCut, true)
})

test('secrets are out of it before it leaves, also in what the runner says itself', async (t) => {
  const server = makeServer()
  const log = openLog(t, { ...server, secrets: ['hunter22'] })
  log.write(Buffer.from('it is hun'))
  log.write(Buffer.from('ter22, or hunt'))
  log.say('failed: hunter22 is wrong')
  assert.equal((await log.finish()).logCut, false)
  assert.equal(server.text(), 'it is ***, or hunt\nsignalbox: failed: *** is wrong\n')
})

test('where a log is cut, no half of a secret is left', async (t) => {
  const server = makeServer()
  const bytesMax = 16 * 1024
  const log = openLog(t, { ...server, bytesMax, secrets: ['hunter22'] })
  log.write(Buffer.from(`${'x'.repeat(8 * 1024 - 4)}hunter22`))
  log.write(Buffer.from('hunt'))
  log.cut()
  assert.equal((await log.finish()).logCut, true)
  assert.ok(!server.text().includes('hunt'))
})
