import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Fault } from '#kernel/fault.ts'
import { withFileLock } from './file-lock.ts'

const busy = () => new Fault('test.busy', 'Taken.', { remedy: 'Wait.' })
const patient = { waitMs: 30_000, busy }
const module = JSON.stringify(import.meta.resolve('./file-lock.ts'))
const started: ChildProcess[] = []

function child(script: string): ChildProcess {
  const argv = ['--input-type=module', '-e', `import { withFileLock } from ${module}\n${script}`]
  const made = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  started.push(made)
  return made
}

describe('file lock', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-lock-'))
  })
  after(async () => {
    for (const one of started) one.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })

  it('loses no addition of several processes, each with several hands', async () => {
    const file = join(folder, 'counted.lock')
    const counter = join(folder, 'counter')
    await writeFile(counter, '0')
    const script = `
      import { readFile, writeFile } from 'node:fs/promises'
      const busy = () => new Error('busy')
      const add = () => withFileLock(${JSON.stringify(file)}, { waitMs: 30000, busy }, async () => {
        const seen = Number(await readFile(${JSON.stringify(counter)}, 'utf8'))
        await writeFile(${JSON.stringify(counter)}, String(seen + 1))
      })
      await Promise.all(Array.from({ length: 40 }, add))`
    const exits = await Promise.all([1, 2, 3].map(() => once(child(script), 'exit')))
    assert.deepEqual(
      exits.map(([code]) => code),
      [0, 0, 0],
    )
    assert.equal(await readFile(counter, 'utf8'), '120')
    assert.deepEqual((await readdir(folder)).sort(), ['counted.lock', 'counter'])
  })

  it('says who is busy after the wait, and is free once the holder is killed', async () => {
    const file = join(folder, 'held.lock')
    const holder = child(`
      const wait = { waitMs: 0, busy: () => new Error('busy') }
      await withFileLock(${JSON.stringify(file)}, wait, () => {
        process.stdout.write('held')
        return new Promise((resolve) => setTimeout(resolve, 60000))
      })`)
    assert.ok(holder.stdout)
    await once(holder.stdout, 'data')
    const impatient = { waitMs: 30, busy }
    await assert.rejects(
      withFileLock(file, impatient, async () => 'taken'),
      { code: 'test.busy' },
    )
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    assert.equal(await withFileLock(file, patient, async () => 'taken'), 'taken')
  })

  it('is given back when the work fails', async () => {
    const file = join(folder, 'failing.lock')
    const failing = async () => {
      throw new Error('work failed')
    }
    await assert.rejects(withFileLock(file, patient, failing), /work failed/)
    assert.equal(await withFileLock(file, { waitMs: 0, busy }, async () => 'free'), 'free')
  })
})
