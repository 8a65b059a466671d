/** The spool on a real disk, with several programs at once, and with programs that are killed. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it, type TestContext } from 'node:test'
import { recall, REMEMBERED_MS, remember } from './tiers.ts'
import { hasWaiting, Spool, WAITING_MAX } from './spool.ts'

const what = {
  kind: 'check',
  service: 'shop',
  commit: 'c'.repeat(40),
  check: 'tests',
  outcome: 'succeeded',
  job: 'unit',
} as const

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'signalbox-spool-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return join(made, 'spool')
}

/** Records `count` times, and says each number once it is kept. */
function recorder(t: TestContext, at: string, count: number) {
  const script = `
    const { Spool } = await import(${JSON.stringify(import.meta.resolve('./spool.ts'))})
    const spool = await Spool.open(${JSON.stringify(at)})
    for (let i = 0; i < ${count}; i++) {
      const { number } = await spool.append(${JSON.stringify(what)}, i)
      process.stdout.write(number + '\\n')
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  return { child, lines: createInterface({ input: child.stdout }), ended: once(child, 'exit') }
}

describe('a spool', () => {
  it('keeps key and records from others', async (t) => {
    const at = folder(t)
    const spool = await Spool.open(at)
    await spool.append(what, 1)
    assert.equal(statSync(join(at, 'key.pem')).mode & 0o777, 0o600)
    assert.equal(statSync(at).mode & 0o777, 0o700)
    assert.deepEqual(
      readdirSync(join(at, 'records')).map(
        (name) => statSync(join(at, 'records', name)).mode & 0o777,
      ),
      [0o600],
    )
    chmodSync(join(at, 'key.pem'), 0o644)
    await assert.rejects(Spool.open(at), { code: 'spool.key-exposed' })
  })

  it('is one chain, whoever records at the same time', async (t) => {
    const at = folder(t)
    const programs = Array.from({ length: 4 }, () => recorder(t, at, 15))
    const ends = await Promise.all(programs.map(({ ended }) => ended))
    assert.deepEqual(
      ends,
      Array.from({ length: 4 }, () => [0, null]),
    )
    const spool = await Spool.open(at)
    assert.deepEqual(await spool.flaws(), { count: 60, flaws: [] })
  })

  it('has everything that it said it keeps when its program was killed', async (t) => {
    const at = folder(t)
    const said: number[] = []
    for (let life = 1; life <= 3; life++) {
      const { child, lines, ended } = recorder(t, at, 1_000_000)
      for await (const line of lines) {
        said.push(Number(line))
        if (said.length >= life * 7) break
      }
      child.kill('SIGKILL')
      await ended
    }
    const spool = await Spool.open(at)
    const kept = (await spool.waiting()).map(({ number }) => number)
    assert.deepEqual(
      said.filter((number) => !kept.includes(number)),
      [],
    )
    await spool.append(what, 1)
    assert.deepEqual((await spool.flaws()).flaws, [])
  })

  it('forgets what was sent long ago, and goes on from the last', async (t) => {
    const spool = await Spool.open(folder(t))
    for (let i = 0; i < 130; i++) {
      const { number } = await spool.append(what, i)
      await spool.noteSent(number)
    }
    await spool.prune()
    assert.equal(await hasWaiting(spool.folder), false)
    assert.deepEqual(await spool.flaws(), { count: 100, flaws: [] })
    assert.equal((await spool.append(what, 131)).number, 131)
    assert.deepEqual(await spool.flaws(), { count: 101, flaws: [] })
  })

  it('refuses when it is full, and drops nothing', async (t) => {
    const spool = await Spool.open(folder(t))
    await spool.append(what, 1)
    for (let i = 2; i <= WAITING_MAX; i++)
      writeFileSync(join(spool.folder, 'records', `${String(i).padStart(10, '0')}.json`), '{}')
    await assert.rejects(spool.append(what, 2), { code: 'spool.full' })
    assert.equal(readdirSync(join(spool.folder, 'records')).length, WAITING_MAX)
  })

  it('keeps what was refused until a person gives it up', async (t) => {
    const spool = await Spool.open(folder(t))
    const { number } = await spool.append(what, 1)
    assert.equal(await spool.discard(number), false)
    await spool.noteRefused(number, { code: 'record.too-old', detail: 'Old.', remedy: 'Again.' })
    assert.equal(await hasWaiting(spool.folder), false)
    assert.equal((await spool.waiting())[0]?.refused?.code, 'record.too-old')
    assert.equal(await spool.discard(number), true)
    assert.deepEqual(await spool.waiting(), [])
    assert.equal((await spool.append(what, 2)).number, 2)
  })
})

describe('what the server said of going on without it', () => {
  const said = {
    service: 'shop',
    environment: 'prod',
    tier: 2,
    policy: 'built-in tier-2/production',
    sourceDown: 'open',
    notYet: null,
  } as const

  it('is recalled for a while, of its own place alone', async (t) => {
    const spool = await Spool.open(folder(t))
    await remember(spool, said, 1_000)
    assert.equal((await recall(spool, said, 2_000))?.sourceDown, 'open')
    assert.equal(await recall(spool, { ...said, environment: 'dev' }, 2_000), undefined)
    assert.equal(await recall(spool, said, 1_000 + REMEMBERED_MS), undefined)
    assert.equal(await recall(spool, said, -REMEMBERED_MS), undefined)
  })

  it('is nothing as soon as somebody edits it', async (t) => {
    const spool = await Spool.open(folder(t))
    await remember(spool, { ...said, sourceDown: 'closed' }, 1_000)
    const [name = ''] = readdirSync(join(spool.folder, 'gates'))
    const path = join(spool.folder, 'gates', name)
    const envelope = JSON.parse(readFileSync(path, 'utf8'))
    const payload = Buffer.from(envelope.payload, 'base64').toString().replace('closed', 'open')
    envelope.payload = Buffer.from(payload).toString('base64')
    writeFileSync(path, JSON.stringify(envelope))
    assert.equal(await recall(spool, said, 2_000), undefined)
    writeFileSync(path, '{')
    assert.equal(await recall(spool, said, 2_000), undefined)
  })
})
