import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { LogName, LogStore } from '#pipelines/ports.ts'
import { openFiles } from './files.ts'

const bytesOf = (text: string) => Buffer.from(text)

describe('log store', () => {
  let root = ''
  let logs: LogStore
  let made = 0
  const started: ChildProcess[] = []
  const fresh = (): LogName => ({ run: 'run_1', job: `job-${made++}`, attempt: 1 })
  const all = async (log: LogName) => Buffer.from((await logs.read(log, 0, 1e9)).bytes).toString()
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'signalbox-logs-'))
    logs = (await openFiles(root)).logs
  })
  after(async () => {
    for (const child of started) child.kill('SIGKILL')
    await rm(root, { recursive: true })
  })

  it('is the same however often and in whatever overlap it was sent', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.array(fc.tuple(fc.nat(200), fc.nat(200)), { maxLength: 20 }),
        async (whole, sends) => {
          const log = fresh()
          let size = 0
          for (const [at, length] of [...sends, [0, whole.length] as const]) {
            const offset = Math.min(at, size)
            const sent = await logs.append(log, offset, whole.subarray(offset, offset + length))
            assert.ok(sent.size >= size)
            size = sent.size
          }
          assert.equal(size, whole.length)
          assert.deepEqual(Buffer.from((await logs.read(log, 0, 1000)).bytes), Buffer.from(whole))
        },
      ),
      { numRuns: 40 },
    ))

  it('skips what it has and takes the rest', async () => {
    const log = fresh()
    await logs.append(log, 0, bytesOf('abc'))
    assert.deepEqual(await logs.append(log, 1, bytesOf('bcdef')), { size: 6 })
    assert.deepEqual(await logs.append(log, 2, bytesOf('cd')), { size: 6 })
    assert.equal(await all(log), 'abcdef')
  })

  it('refuses a gap and says where to go on', async () => {
    const log = fresh()
    await logs.append(log, 0, bytesOf('abc'))
    await assert.rejects(logs.append(log, 4, bytesOf('e')), { code: 'log.gap', message: /byte 3/ })
    assert.deepEqual(await logs.append(log, 0, new Uint8Array()), { size: 3 })
    assert.equal(await all(log), 'abc')
  })

  it('reads windows from the start and from the end', async () => {
    const log = fresh()
    await logs.append(log, 0, bytesOf('0123456789'))
    const window = async (offset: number, max: number) => {
      const { bytes, offset: from, size } = await logs.read(log, offset, max)
      return [Buffer.from(bytes).toString(), from, size]
    }
    assert.deepEqual(await window(2, 3), ['234', 2, 10])
    assert.deepEqual(await window(-4, 100), ['6789', 6, 10])
    assert.deepEqual(await window(-100, 2), ['01', 0, 10])
    assert.deepEqual(await window(10, 5), ['', 10, 10])
    assert.deepEqual(await window(99, 5), ['', 10, 10])
    assert.deepEqual(await window(0, -1), ['', 0, 10])
  })

  it('reads nothing of a log that has not begun', async () => {
    const { bytes, size } = await logs.read(fresh(), -100, 100)
    assert.deepEqual([bytes.length, size], [0, 0])
  })

  it('gives at most a mebibyte at once and holds at most 160', async () => {
    const log = fresh()
    const mebibyte = Buffer.alloc(1024 * 1024, 'x')
    for (let i = 0; i < 160; i++) await logs.append(log, i * mebibyte.length, mebibyte)
    assert.equal((await logs.read(log, 0, 1e9)).bytes.length, mebibyte.length)
    await assert.rejects(logs.append(log, 160 * mebibyte.length, bytesOf('y')), {
      code: 'log.too-large',
    })
  })

  it('keeps attempts and jobs apart, and every name inside its folder', async () => {
    const names = ['..', '../x', 'a/b', 'A', 'a', '', 'lint', 'ünicode', 'x'.repeat(300), '.', '~']
    const places = names.flatMap((job) =>
      [1, 2].map((attempt) => ({ run: '../run', job, attempt })),
    )
    for (const [i, log] of places.entries()) await logs.append(log, 0, bytesOf(`log ${i}`))
    for (const [i, log] of places.entries()) assert.equal(await all(log), `log ${i}`)
    assert.deepEqual((await readdir(root)).sort(), ['logs', 'unfinished'])
  })

  it('refuses offsets and attempts that are none', async () => {
    const log = fresh()
    for (const offset of [-1, 0.5, NaN, Infinity, 2 ** 53])
      await assert.rejects(logs.append(log, offset, bytesOf('x')), { code: 'log.bad-offset' })
    await assert.rejects(logs.read(log, NaN, 1), { code: 'log.bad-offset' })
    const half = { ...log, attempt: 0.5 }
    await assert.rejects(logs.append(half, 0, bytesOf('x')), { code: 'log.bad-offset' })
  })

  it('takes appends in the order they were given, all at once', async () => {
    const log = fresh()
    const lines = Array.from({ length: 200 }, (_, i) => `line ${String(i).padStart(3, '0')}\n`)
    await Promise.all(lines.map((line, i) => logs.append(log, i * line.length, bytesOf(line))))
    assert.equal(await all(log), lines.join(''))
  })

  it('takes the same log from two processes', async () => {
    const log = fresh()
    const script = `
      const { openFiles } = await import(${JSON.stringify(import.meta.resolve('./files.ts'))})
      const { logs } = await openFiles(${JSON.stringify(root)})
      for (let i = 0; i < 300; i++)
        await logs.append(${JSON.stringify(log)}, i * 5, Buffer.from(String(i).padStart(4) + ' '))`
    const children = [1, 2].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }),
    )
    started.push(...children)
    const exits = await Promise.all(children.map((child) => once(child, 'exit')))
    assert.deepEqual(
      exits.map(([code]) => code),
      [0, 0],
    )
    const expected = Array.from({ length: 300 }, (_, i) => `${String(i).padStart(4)} `)
    assert.equal(await all(log), expected.join(''))
  })
})
