import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { CacheIndex } from '#pipelines/ports.ts'
import { openFiles } from './files.ts'

const one = `sha256:${'1'.repeat(64)}`
const two = `sha256:${'2'.repeat(64)}`

describe('cache index', () => {
  let root = ''
  let cache: CacheIndex
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'signalbox-cache-'))
    cache = (await openFiles(root)).cache
  })
  after(() => rm(root, { recursive: true }))

  it('knows the last manifest of a key, in its scope alone', async () => {
    await cache.put('main', 'key', one)
    await cache.put('main', 'key', two)
    assert.equal(await cache.get('main', 'key'), two)
    assert.equal(await cache.get('other', 'key'), undefined)
    assert.equal(await cache.get('main', 'other'), undefined)
  })

  it('takes any text for a scope or key, and stays in its folder', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.constantFrom('', '..', '../../x', '/etc', 'a'.repeat(5000))),
        fc.string(),
        async (scope, key) => {
          await cache.put(scope, key, one)
          assert.equal(await cache.get(scope, key), one)
          assert.deepEqual(await readdir(root), ['cache', 'unfinished'])
        },
      ),
      { numRuns: 50 },
    ))

  it('stores only digests, and reads nothing else', async () => {
    await assert.rejects(cache.put('s', 'k', 'latest'), { code: 'cache.bad-manifest' })
    await cache.put('rot', 'k', one)
    const [scopes, before] = [join(root, 'cache'), await cache.get('rot', 'k')]
    assert.equal(before, one)
    for (const scope of await readdir(scopes))
      for (const key of await readdir(join(scopes, scope)))
        await writeFile(join(scopes, scope, key), 'sha256:half')
    assert.equal(await cache.get('rot', 'k'), undefined)
  })
})
