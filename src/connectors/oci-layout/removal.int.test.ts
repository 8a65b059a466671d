import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { Registry } from '#artifacts/ports.ts'
import { imageIndex } from './manifests.ts'
import { openOciLayout } from './oci-layout.ts'
import { withoutManifests } from './removal.ts'

const TYPE = 'application/x-words'
let root = ''
let made = 0
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-oci-'))
})
after(() => rm(root, { recursive: true }))

async function fresh() {
  const folder = join(root, `layout-${made++}`)
  const registry = await openOciLayout(folder)
  const blobs = async () => (await readdir(join(folder, 'blobs', 'sha256'))).toSorted()
  return { folder, registry, blobs }
}

async function push(registry: Registry, name: string, bytes: string): Promise<string> {
  const path = join(root, `layer-${made++}`)
  await writeFile(path, bytes)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const layer = { digest, path, sizeBytes: Buffer.byteLength(bytes) }
  return (await registry.push({ name, layer, annotations: { name } })).digest
}

async function attach(registry: Registry, subject: string, words: string): Promise<void> {
  await registry.attach({
    subject,
    artifactType: TYPE,
    body: Buffer.from(words),
    annotations: {},
  })
}

it('takes what only the removed named, and leaves what another artifact shares', async () => {
  const { registry, blobs } = await fresh()
  const kept = await push(registry, 'kept', 'the same bytes')
  await attach(registry, kept, 'the same words')
  const before = await blobs()
  const gone = await push(registry, 'gone', 'the same bytes')
  await registry.tag(gone, 'shop/1.0.0')
  await attach(registry, gone, 'the same words')
  await registry.remove([gone])
  assert.deepEqual(await blobs(), before)
  await registry.pull(kept)
  assert.equal((await registry.referrers(kept, TYPE)).length, 1)
  await assert.rejects(registry.pull(gone), { code: 'registry.missing' })
  assert.deepEqual(await registry.referrers(gone, TYPE), [])
})

it('is asked for again after it was interrupted anywhere', async () => {
  for (let undone = 0; undone < 7; undone++) {
    const { folder, registry, blobs } = await fresh()
    const gone = await push(registry, 'gone', 'bytes')
    await attach(registry, gone, 'words')
    const index = await readFile(join(folder, 'index.json'), 'utf8')
    const entries = imageIndex.parse(JSON.parse(index)).manifests
    let left = undone
    const killed = withoutManifests({ layout: folder, temporary: root }, entries, [gone], (path) =>
      left-- > 0 ? rm(path) : Promise.reject(new Error('killed')),
    )
    await assert.rejects(killed, /killed/)
    await registry.remove([gone])
    assert.deepEqual(await blobs(), [])
  }
})

it('is pushed again as if it had never been there', async () => {
  const { registry, blobs } = await fresh()
  const digest = await push(registry, 'gone', 'bytes')
  const before = await blobs()
  await registry.remove([digest, digest])
  assert.deepEqual(await blobs(), [])
  assert.equal(await push(registry, 'gone', 'bytes'), digest)
  assert.deepEqual(await blobs(), before)
  await registry.pull(digest)
})

it('leaves what is pushed while something is removed', async () => {
  const { registry } = await fresh()
  for (let i = 0; i < 20; i++) {
    const gone = await push(registry, `gone-${i}`, 'the same bytes')
    const [, kept] = await Promise.all([
      registry.remove([gone]),
      push(registry, `kept-${i}`, 'the same bytes'),
    ])
    await registry.pull(kept)
    await registry.remove([kept])
  }
})
