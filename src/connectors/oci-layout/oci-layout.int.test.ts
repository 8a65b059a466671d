import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Registry } from '#artifacts/ports.ts'
import { openOciLayout } from './oci-layout.ts'

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const digestOf = (bytes: Uint8Array | string) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

let root = ''
let made = 0
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-oci-'))
})
after(() => rm(root, { recursive: true }))

async function layerOf(bytes: Uint8Array | string) {
  const path = join(root, `layer-${made++}`)
  await writeFile(path, bytes)
  return { digest: digestOf(bytes), path, sizeBytes: Buffer.byteLength(bytes) }
}

async function fresh(): Promise<{ folder: string; registry: Registry }> {
  const folder = join(root, `layout-${made++}`)
  return { folder, registry: await openOciLayout(folder) }
}

const blobOf = (folder: string, digest: string) =>
  join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length))
const unfinished = (folder: string) => readdir(join(folder, '.signalbox', 'unfinished'))
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'))
const attachment = (subject: string, body: string, artifactType = BUNDLE) => ({
  subject,
  artifactType,
  body: Buffer.from(body),
  annotations: {},
})

async function overwrite(path: string, bytes: Uint8Array | string): Promise<void> {
  await chmod(path, 0o644)
  await writeFile(path, bytes)
}

describe('an artifact', () => {
  it('has the same digest for the same input, wherever and in whatever order it is given', () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.string()), async (annotations) => {
        fc.pre(!Object.hasOwn(annotations, '__proto__'))
        const layer = await layerOf('same')
        const backwards = Object.fromEntries(Object.entries(annotations).toReversed())
        const [one, two] = [await fresh(), await fresh()]
        const { digest } = await one.registry.push({ name: 'payments', layer, annotations })
        assert.deepEqual(
          await two.registry.push({ name: 'payments', layer, annotations: backwards }),
          { digest },
        )
        const pulled = await one.registry.pull(digest)
        assert.deepEqual(pulled.annotations, { ...annotations })
        assert.equal(pulled.layer.digest, layer.digest)
        assert.equal(pulled.layer.sizeBytes, 4)
        assert.equal(await readFile(pulled.layer.path, 'utf8'), 'same')
      }),
      { numRuns: 15 },
    ))

  it('is another one under another name', async () => {
    const { registry } = await fresh()
    const layer = await layerOf('x')
    const { digest } = await registry.push({ name: 'payments', layer, annotations: {} })
    assert.notDeepEqual(await registry.push({ name: 'orders', layer, annotations: {} }), { digest })
  })

  it('shares the bytes of the file it was made of, and survives its removal', async () => {
    const { folder, registry } = await fresh()
    const layer = await layerOf('linked')
    const { digest } = await registry.push({ name: 'payments', layer, annotations: {} })
    const [a, b] = [await stat(layer.path), await stat(blobOf(folder, layer.digest))]
    assert.equal(a.ino, b.ino)
    await registry.push({ name: 'payments', layer, annotations: {} })
    assert.deepEqual(await unfinished(folder), [])
    await rm(layer.path)
    await registry.pull(digest)
  })

  it('copies what it cannot link', async () => {
    const { folder, registry } = await fresh()
    const layer = await layerOf('behind a link')
    await symlink(layer.path, join(root, 'symlink'))
    const linked = { ...layer, path: join(root, 'symlink') }
    const { digest } = await registry.push({ name: 'payments', layer: linked, annotations: {} })
    const [a, b] = [await stat(layer.path), await stat(blobOf(folder, layer.digest))]
    assert.notEqual(a.ino, b.ino)
    await rm(layer.path)
    await registry.pull(digest)
  })

  it('says what is inside a packed tarball, and refuses one that cannot be unpacked', async () => {
    const { folder, registry } = await fresh()
    const packed = gzipSync('inside')
    const layer = await layerOf(packed)
    const { digest } = await registry.push({ name: 'payments', layer, annotations: {} })
    const { config, layers } = await json(blobOf(folder, digest))
    assert.equal(layers[0].mediaType, 'application/vnd.oci.image.layer.v1.tar+gzip')
    const { rootfs } = await json(blobOf(folder, config.digest))
    assert.deepEqual(rootfs.diff_ids, [digestOf('inside')])
    const broken = await layerOf(packed.subarray(0, -4))
    await assert.rejects(registry.push({ name: 'payments', layer: broken, annotations: {} }), {
      code: 'registry.refused',
    })
    assert.deepEqual(await unfinished(folder), [])
  })

  it('is not made of a file that is missing or is not what was said', async () => {
    const { folder, registry } = await fresh()
    const layer = await layerOf('honest')
    const push = (other: Partial<typeof layer>) =>
      registry.push({ name: 'payments', layer: { ...layer, ...other }, annotations: {} })
    await assert.rejects(push({ digest: digestOf('other') }), { code: 'registry.tampered' })
    await assert.rejects(push({ sizeBytes: 7 }), { code: 'registry.tampered' })
    await assert.rejects(push({ path: join(root, 'nowhere') }), { code: 'registry.missing' })
    assert.deepEqual(await readdir(join(folder, 'blobs', 'sha256')), [])
    assert.deepEqual(await unfinished(folder), [])
  })

  it('is refused when no registry would take it', async () => {
    const { registry } = await fresh()
    const layer = await layerOf('x')
    const { digest } = await registry.push({ name: 'payments', layer, annotations: {} })
    const refused = { code: 'registry.refused', retry: false }
    const long = { a: 'x'.repeat(70_000) }
    await assert.rejects(registry.push({ name: '', layer, annotations: {} }), refused)
    await assert.rejects(registry.push({ name: 'payments', layer, annotations: long }), refused)
    const lost = JSON.parse('{"__proto__":"x"}')
    await assert.rejects(registry.push({ name: 'payments', layer, annotations: lost }), refused)
    for (const bad of ['', 'latest', '../../etc/passwd', `sha256:${'A'.repeat(64)}`]) {
      await assert.rejects(registry.pull(bad), refused)
      await assert.rejects(registry.referrers(bad, BUNDLE), refused)
      await assert.rejects(registry.tag(bad, 'v1'), refused)
    }
    for (const bad of ['', '-v1', 'a b', 'a//b', 'a\n', 'x'.repeat(201), digest.replace(':', '-')])
      await assert.rejects(registry.tag(digest, bad), refused)
    const large = { ...attachment(digest, ''), body: Buffer.alloc(33 * 1024 * 1024) }
    await assert.rejects(registry.attach(large), refused)
  })
})

describe('what was tampered with', () => {
  it('is not pulled, whichever of its bytes were changed, until it is pushed again', async () => {
    const { folder, registry } = await fresh()
    const layer = await layerOf('precious')
    const push = () => registry.push({ name: 'payments', layer, annotations: { a: 'b' } })
    const { digest } = await push()
    const { config } = await json(blobOf(folder, digest))
    for (const part of [digest, config.digest, layer.digest]) {
      const good = await readFile(blobOf(folder, part))
      const bad = Buffer.from(good)
      bad[bad.length - 2] = (bad[bad.length - 2] ?? 0) ^ 1
      for (const bytes of [bad, good.subarray(1), Buffer.concat([good, good])]) {
        await rm(blobOf(folder, part))
        await writeFile(blobOf(folder, part), bytes)
        const tampered = { code: 'registry.tampered', message: new RegExp(part) }
        await assert.rejects(registry.pull(digest), tampered)
        await rm(blobOf(folder, part))
        await assert.rejects(registry.pull(digest), { code: 'registry.missing' })
        await writeFile(layer.path, 'precious')
        assert.deepEqual(await push(), { digest })
        await registry.pull(digest)
      }
    }
  })

  it('is found out when the file it was linked from changes later', async () => {
    const { registry } = await fresh()
    const layer = await layerOf('original')
    const { digest } = await registry.push({ name: 'payments', layer, annotations: {} })
    await writeFile(layer.path, 'replaced')
    await assert.rejects(registry.pull(digest), { code: 'registry.tampered' })
  })

  it('is not listed: neither a referrer nor the list itself', async () => {
    const { folder, registry } = await fresh()
    const layer = await layerOf('x')
    const { digest } = await registry.push({ name: 'payments', layer, annotations: {} })
    const referrer = await registry.attach(attachment(digest, '{"signed":1}'))
    const { layers } = await json(blobOf(folder, referrer.digest))
    const { manifests } = await json(join(folder, 'index.json'))
    for (const part of [layers[0].digest, referrer.digest, manifests[1].digest]) {
      const good = await readFile(blobOf(folder, part))
      await overwrite(blobOf(folder, part), '{"signed":2}')
      await assert.rejects(registry.referrers(digest, BUNDLE), { code: 'registry.tampered' })
      await overwrite(blobOf(folder, part), good)
    }
    assert.equal((await registry.referrers(digest, BUNDLE)).length, 1)
  })

  it('is not opened when the catalogue is no catalogue', async () => {
    const { folder } = await fresh()
    await writeFile(join(folder, 'index.json'), '{"manifests": 7}')
    await assert.rejects(openOciLayout(folder), { code: 'registry.tampered' })
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"9.0.0"}')
    await assert.rejects(openOciLayout(folder), { code: 'registry.refused' })
  })
})

describe('referrers', () => {
  it('are found by subject and type, in the order they came', async () => {
    const { registry } = await fresh()
    const push = async (text: string) =>
      registry.push({ name: 'payments', layer: await layerOf(text), annotations: {} })
    const [one, two] = [await push('one'), await push('two')]
    const first = await registry.attach(attachment(one.digest, 'first'))
    const second = await registry.attach(attachment(one.digest, 'second'))
    await registry.attach(attachment(one.digest, 'scan', 'application/json'))
    await registry.attach(attachment(two.digest, 'other'))
    const found = await registry.referrers(one.digest, BUNDLE)
    assert.deepEqual(
      found.map(({ digest, body }) => [digest, Buffer.from(body).toString()]),
      [
        [first.digest, 'first'],
        [second.digest, 'second'],
      ],
    )
    assert.deepEqual(await registry.referrers(digestOf('nobody'), BUNDLE), [])
  })

  it('are attached once, and only to what is there', async () => {
    const { folder, registry } = await fresh()
    const layer = await layerOf('x')
    const { digest } = await registry.push({ name: 'payments', layer, annotations: {} })
    const once = await registry.attach(attachment(digest, 'body'))
    const before = await readFile(join(folder, 'index.json'), 'utf8')
    assert.deepEqual(await registry.attach(attachment(digest, 'body')), once)
    assert.equal(await readFile(join(folder, 'index.json'), 'utf8'), before)
    await assert.rejects(registry.attach(attachment(digestOf('nobody'), 'body')), {
      code: 'registry.missing',
    })
  })

  it('name their subject, so that the list is not what is believed', async () => {
    const { folder, registry } = await fresh()
    const push = async (text: string) =>
      registry.push({ name: 'payments', layer: await layerOf(text), annotations: {} })
    const [one, two] = [await push('one'), await push('two')]
    const { digest } = await registry.attach(attachment(one.digest, 'about one'))
    const { subject, artifactType } = await json(blobOf(folder, digest))
    assert.deepEqual([subject.digest, artifactType], [one.digest, BUNDLE])
    const index = await json(join(folder, 'index.json'))
    const list = index.manifests.find(
      (entry: { annotations?: Record<string, string> }) => entry.annotations !== undefined,
    )
    const name = 'org.opencontainers.image.ref.name'
    assert.equal(list.annotations[name], one.digest.replace(':', '-'))
    index.manifests.push({ ...list, annotations: { [name]: two.digest.replace(':', '-') } })
    await writeFile(join(folder, 'index.json'), JSON.stringify(index))
    assert.deepEqual(await registry.referrers(two.digest, BUNDLE), [])
    assert.equal((await registry.referrers(one.digest, BUNDLE)).length, 1)
  })
})

describe('a layout', () => {
  it('keeps what other tools wrote into it', async () => {
    const { folder, registry } = await fresh()
    const theirs = {
      schemaVersion: 2,
      annotations: { theirs: 'yes' },
      manifests: [
        {
          mediaType: 'application/x',
          digest: digestOf('theirs'),
          size: 6,
          platform: { os: 'linux' },
        },
      ],
    }
    await writeFile(join(folder, 'index.json'), JSON.stringify(theirs))
    const layer = await layerOf('ours')
    const { digest } = await registry.push({ name: 'payments', layer, annotations: {} })
    await registry.tag(digest, 'payments-1.0.0')
    const index = await json(join(folder, 'index.json'))
    assert.deepEqual(index.annotations, theirs.annotations)
    assert.deepEqual(index.manifests[0], theirs.manifests[0])
    assert.equal(index.manifests.length, 2)
  })

  it('says so when it cannot be used', async () => {
    await writeFile(join(root, 'a-file'), '')
    await assert.rejects(openOciLayout(join(root, 'a-file')), { code: 'registry.unusable' })
  })

  it('refuses a manifest that is right but not around one tarball', async () => {
    const { folder, registry } = await fresh()
    const text = '{"schemaVersion":2,"manifests":[]}'
    await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true })
    await writeFile(blobOf(folder, digestOf(text)), text)
    await assert.rejects(registry.pull(digestOf(text)), { code: 'registry.refused' })
  })
})
