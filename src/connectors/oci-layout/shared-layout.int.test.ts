import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { onSmallDisk } from '../../../test/support/full-disk.ts'
import { openOciLayout } from './oci-layout.ts'

const TYPE = 'application/json'
const module = JSON.stringify(import.meta.resolve('./oci-layout.ts'))
const digestOf = (bytes: Uint8Array | string) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

let root = ''
const started: ChildProcess[] = []
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-oci-shared-'))
})
after(async () => {
  for (const child of started) child.kill('SIGKILL')
  await rm(root, { recursive: true })
})

describe('a layout that several processes use', () => {
  it('loses no artifact, name or referrer, and can be read at any time', async () => {
    const folder = join(root, 'busy')
    const registry = await openOciLayout(folder)
    await writeFile(join(root, 'common'), 'common')
    const common = { digest: digestOf('common'), path: join(root, 'common'), sizeBytes: 6 }
    const { digest: subject } = await registry.push({ name: 'all', layer: common, annotations: {} })
    const script = `
      const { openOciLayout } = await import(${module})
      const [folder, layer, subject, who] = JSON.parse(process.argv[1])
      const registry = await openOciLayout(folder)
      const one = async (n) => {
        const name = who + '-' + n
        const { digest } = await registry.push({ name, layer, annotations: {} })
        await registry.tag(digest, name)
        const body = Buffer.from(name)
        const artifactType = ${JSON.stringify(TYPE)}
        await registry.attach({ subject, artifactType, body, annotations: {} })
      }
      await Promise.all(Array.from({ length: 15 }, (_, n) => one(n)))`
    const children = ['a', 'b', 'c'].map((who) => {
      const given = JSON.stringify([folder, common, subject, who])
      return spawn(process.execPath, ['--input-type=module', '-e', script, given], {
        stdio: 'inherit',
      })
    })
    started.push(...children)
    const over = new AbortController()
    const reader = async () => {
      let seen = 0
      while (!over.signal.aborted) {
        const listed = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')).manifests
        assert.ok(listed.length >= seen)
        seen = listed.length
        await registry.referrers(subject, TYPE)
      }
    }
    const reading = reader()
    const exits = await Promise.all(children.map((child) => once(child, 'exit')))
    over.abort()
    await reading
    assert.deepEqual(exits.flat(), [0, null, 0, null, 0, null])

    const expected = ['a', 'b', 'c'].flatMap((who) =>
      Array.from({ length: 15 }, (_, n) => `${who}-${n}`),
    )
    const bodies = (await registry.referrers(subject, TYPE)).map(({ body }) => String(body))
    assert.deepEqual(bodies.toSorted(), expected.toSorted())
    const { manifests } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'))
    const names = manifests.map(
      (entry: { annotations?: Record<string, string> }) =>
        entry.annotations?.['org.opencontainers.image.ref.name'],
    )
    for (const name of expected) assert.equal(names.filter((n: string) => n === name).length, 1)
    // The common artifact, its list of referrers, and every named one.
    assert.equal(manifests.length, 2 + expected.length)
    assert.deepEqual(await readdir(join(folder, '.signalbox', 'unfinished')), [])
  })
})

describe('a full disk', () => {
  it('is said, and leaves nothing half written', async (t) => {
    const disk = join(root, 'small')
    await mkdir(disk)
    const bytes = Buffer.alloc(200_000)
    await writeFile(join(root, 'large'), bytes)
    const layer = { digest: digestOf(bytes), path: join(root, 'large'), sizeBytes: bytes.length }
    const printed = await onSmallDisk(
      disk,
      64,
      `
      const { openOciLayout } = await import(${module})
      const { readdirSync } = await import('node:fs')
      const registry = await openOciLayout(${JSON.stringify(disk)})
      const layer = ${JSON.stringify(layer)}
      const pushed = registry.push({ name: 'payments', layer, annotations: {} })
      const fault = await pushed.catch((error) => error)
      const left = readdirSync(${JSON.stringify(join(disk, '.signalbox', 'unfinished'))}).length
      const blobs = readdirSync(${JSON.stringify(join(disk, 'blobs', 'sha256'))}).length
      process.stdout.write([fault.code, fault.remedy !== '', left, blobs].join(' '))`,
    )
    if (printed === undefined) t.skip('NO SMALL DISK CAN BE MOUNTED HERE: a full one was not tried')
    else assert.equal(printed, 'registry.no-space true 0 0')
  })
})

describe('skopeo', () => {
  it('inspects and copies an artifact, and reads the list of its referrers', async (t) => {
    const run = promisify(execFile)
    const version = await run('skopeo', ['--version']).catch(() => undefined)
    if (version === undefined) {
      t.skip('SKOPEO IS NOT INSTALLED: that other tools read the layout was not tried')
      return
    }
    const folder = join(root, 'inspected')
    const registry = await openOciLayout(folder)
    const bytes = gzipSync(Buffer.alloc(1024))
    await writeFile(join(root, 'tarball'), bytes)
    const layer = { digest: digestOf(bytes), path: join(root, 'tarball'), sizeBytes: bytes.length }
    const { digest } = await registry.push({ name: 'payments', layer, annotations: { a: 'b' } })
    await registry.tag(digest, 'payments/1.0.0')
    const body = Buffer.from('{}')
    const referrer = await registry.attach({
      subject: digest,
      artifactType: TYPE,
      body,
      annotations: {},
    })

    const inspected = JSON.parse(
      (await run('skopeo', ['inspect', `oci:${folder}:payments/1.0.0`])).stdout,
    )
    assert.equal(inspected.Digest, digest)
    assert.deepEqual(inspected.Layers, [layer.digest])
    assert.deepEqual(inspected.Labels, { 'org.opencontainers.image.title': 'payments' })

    const copy = join(root, 'copied')
    await run('skopeo', [
      '--insecure-policy',
      'copy',
      '--preserve-digests',
      `oci:${folder}:payments/1.0.0`,
      `oci:${copy}:1.0.0`,
    ])
    const pulled = await (await openOciLayout(copy)).pull(digest)
    assert.deepEqual([pulled.layer.digest, pulled.annotations], [layer.digest, { a: 'b' }])

    const list = `oci:${folder}:${digest.replace(':', '-')}`
    const { manifests } = JSON.parse((await run('skopeo', ['inspect', '--raw', list])).stdout)
    assert.equal(manifests[0].digest, referrer.digest)
  })
})
