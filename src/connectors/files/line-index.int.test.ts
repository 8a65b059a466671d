import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { LogName, LogStore } from '#pipelines/ports.ts'
import { openFiles } from './files.ts'
import { BLOCK_BYTES } from './line-index.ts'

/** Where every line begins, by counting. */
function startsOf(whole: Buffer): number[] {
  const starts = whole.length === 0 ? [] : [0]
  for (let at = whole.indexOf(10); at >= 0; at = whole.indexOf(10, at + 1))
    if (at + 1 < whole.length) starts.push(at + 1)
  return starts
}

describe('line index', () => {
  let root = ''
  let logs: LogStore
  let made = 0
  const started: ChildProcess[] = []
  const fresh = (): LogName => ({ run: 'run_1', job: `job-${made++}`, attempt: 1 })
  const fileOf = ({ run, job }: LogName, kind = 'lines') =>
    join(root, 'logs', run, `${job}.1.${kind}`)
  const append = async (log: LogName, whole: Buffer, bytesMax = 1024 * 1024) => {
    for (let at = 0; at < whole.length; at += bytesMax)
      await logs.append(log, at, whole.subarray(at, at + bytesMax))
  }
  const isRight = async (log: LogName, whole: Buffer, of: LogStore = logs) => {
    const starts = startsOf(whole)
    const wanted = [0, 1, 7, starts.length >> 1, starts.length - 1].filter((n) => n < starts.length)
    for (const line of wanted.map((n) => Math.max(0, n))) {
      const found = { line, offset: starts[line] ?? 0, lines: starts.length, size: whole.length }
      assert.deepEqual(await of.lineStart(log, line), found)
      if (starts.length > 0) assert.equal(await of.lineAt(log, starts[line] ?? 0), line)
      if (starts.length > 0)
        assert.deepEqual(await of.lineStart(log, line - starts.length), found, 'from the end')
    }
    const end = { line: starts.length, offset: whole.length, lines: starts.length }
    assert.deepEqual(await of.lineStart(log, starts.length + 5), { ...end, size: whole.length })
  }
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'signalbox-lines-'))
    logs = (await openFiles(root)).logs
  })
  after(async () => {
    for (const child of started) child.kill('SIGKILL')
    await rm(root, { recursive: true })
  })

  it('finds every line of any log, however it came', () => {
    const piece = fc.oneof(
      fc.constant('\n'),
      fc.constant('\r\n'),
      fc.constant('progress 1%\rprogress 2%\r'),
      fc.nat(3 * BLOCK_BYTES).map((length) => 'x'.repeat(length)),
      fc.nat(3_000).map((lines) => '\n'.repeat(lines)),
      fc.string({ maxLength: 30 }),
    )
    const parts = fc.array(piece, { maxLength: 12 })
    return fc.assert(
      fc.asyncProperty(
        parts,
        fc.integer({ min: 1_000, max: 200_000 }),
        async (pieces, bytesMax) => {
          const log = fresh()
          const whole = Buffer.from(pieces.join(''))
          await append(log, whole, bytesMax)
          await isRight(log, whole)
          // Who starts anew reads from disk what this process remembers.
          await isRight(log, whole, (await openFiles(root)).logs)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('finds a line at a border of blocks', async () => {
    const log = fresh()
    const whole = Buffer.concat([
      Buffer.alloc(BLOCK_BYTES - 1, 'a'),
      Buffer.from('\nsecond\n'),
      Buffer.alloc(2 * BLOCK_BYTES, 'b'),
      Buffer.from('\nlast'),
    ])
    await append(log, whole, 1_000)
    await isRight(log, whole)
  })

  it('is counted anew when it is gone, cut short, or full of zeros', async () => {
    const log = fresh()
    const whole = Buffer.from('a line of the log\n'.repeat(40_000))
    await append(log, whole)
    const restarted = async () => (await openFiles(root)).logs
    const { size } = await stat(fileOf(log))
    assert.equal(size, 8 * Math.floor(whole.length / BLOCK_BYTES))
    for (const harm of [
      () => rm(fileOf(log)),
      () => truncate(fileOf(log), 13),
      () => writeFile(fileOf(log), Buffer.alloc(size)),
      () => writeFile(fileOf(log), Buffer.alloc(size, 0xff)),
    ]) {
      await harm()
      await isRight(log, whole, await restarted())
      await harm()
      await isRight(log, whole)
      assert.equal((await stat(fileOf(log))).size, size)
    }
  })

  it('counts what another process appended', async () => {
    const log = fresh()
    const mine = Buffer.from('mine\n'.repeat(30_000))
    const theirs = Buffer.from('theirs\n'.repeat(30_000))
    await append(log, mine)
    const others = (await openFiles(root)).logs
    await others.append(log, mine.length, theirs)
    const more = Buffer.from('mine again\n')
    await logs.append(log, mine.length + theirs.length, more)
    await isRight(log, Buffer.concat([mine, theirs, more]))
  })

  it('outlives a process that is killed while it appends', { timeout: 60_000 }, async () => {
    const log = fresh()
    const script = `
      const { openFiles } = await import(${JSON.stringify(import.meta.resolve('./files.ts'))})
      const { logs } = await openFiles(${JSON.stringify(root)})
      const chunk = Buffer.from('a line that is killed\\n'.repeat(20_000))
      for (let at = 0; ; at += chunk.length) {
        const { size } = await logs.append(${JSON.stringify(log)}, at, chunk)
        process.stdout.write(size + '\\n')
        if (size > 100e6) process.exit(9)
      }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    started.push(child)
    const ended = once(child, 'exit')
    let told = 0
    for await (const said of child.stdout.setEncoding('utf8')) {
      told = Math.max(told, ...String(said).trim().split('\n').map(Number))
      if (told > 2_000_000) child.kill('SIGKILL')
    }
    assert.deepEqual(await ended, [null, 'SIGKILL'])
    const { size } = await stat(fileOf(log, 'log'))
    assert.ok(size >= told, 'what was acknowledged is there')
    const line = 'a line that is killed\n'
    const whole = Buffer.from(line.repeat(Math.ceil(size / line.length))).subarray(0, size)
    await isRight(log, whole)
    // The sender was not told, and sends it again from where it was.
    await append(log, whole)
    const more = Buffer.from('and then\n')
    assert.deepEqual(await logs.append(log, size, more), { size: size + more.length })
    await isRight(log, Buffer.concat([whole, more]))
    const handle = await open(fileOf(log, 'log'))
    assert.deepEqual(await handle.readFile(), Buffer.concat([whole, more]))
    await handle.close()
  })

  it('has no lines of a log that has not begun, and refuses numbers that are none', async () => {
    assert.deepEqual(await logs.lineStart(fresh(), 3), { line: 0, offset: 0, lines: 0, size: 0 })
    assert.equal(await logs.lineAt(fresh(), 5), 0)
    await assert.rejects(logs.lineStart(fresh(), 0.5), { code: 'log.bad-line' })
    await assert.rejects(logs.lineAt(fresh(), -1), { code: 'log.bad-offset' })
  })
})
