/**
 * The task cache: which blob a key stands for, one small file a key. Losing an entry costs a job
 * that runs again, so nothing is flushed and what cannot be read is not there.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { CacheIndex } from '#pipelines/ports.ts'
import { onDisk } from '../shared/disk-fault.ts'
import { temporaryIn } from '../shared/durable-file.ts'
import type { Places } from './blob-store.ts'

const DISK = { noSpace: 'cache.no-space', unusable: 'cache.unusable' } as const
const ID = /^[0-9a-f]{64}\/[0-9a-f]{64}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/

/** A manifest that is no digest is Fault `cache.bad-manifest`. */
export function makeCacheIndex({ folder, temporary }: Places): CacheIndex {
  // Hashed, since a scope or key is a name that others chose and may say `../..`.
  const path = (scope: string, key: string) => join(folder, hashed(scope), hashed(key))
  return {
    drop: (scope, key) => onDisk(DISK, folder, () => rm(path(scope, key), { force: true })),
    async get(scope, key) {
      const file = path(scope, key)
      const text = await readFile(file, 'utf8').catch(() => undefined)
      if (text === undefined || !DIGEST.test(text)) return undefined
      const now = Date.now() / 1000
      await utimes(file, now, now).catch(() => undefined)
      return text
    },
    async *entries() {
      for (const scope of await readdir(folder).catch(() => []))
        for (const key of await readdir(join(folder, scope)).catch(() => [])) {
          const id = `${scope}/${key}`
          const [text, facts] = await Promise.all([
            readFile(join(folder, id), 'utf8').catch(() => ''),
            stat(join(folder, id)).catch(() => undefined),
          ])
          if (facts !== undefined) yield { id, manifest: text, usedAt: facts.mtimeMs }
        }
    },
    remove: (id) =>
      onDisk(DISK, folder, async () => {
        if (ID.test(id)) await rm(join(folder, id), { force: true })
      }),
    put: (scope, key, manifest) =>
      onDisk(DISK, folder, async () => {
        if (!DIGEST.test(manifest)) throw badManifest()
        const target = path(scope, key)
        const beside = temporaryIn(temporary)
        try {
          await mkdir(dirname(target), { recursive: true })
          await writeFile(beside, manifest)
          await rename(beside, target)
        } finally {
          await rm(beside, { force: true })
        }
      }),
  }
}

const hashed = (name: string) => createHash('sha256').update(name).digest('hex')

const badManifest = () =>
  new Fault('cache.bad-manifest', 'A cache entry names its manifest by digest.', {
    remedy: 'Store the manifest as a blob first, and name it `sha256:` and 64 digits.',
    retry: false,
  })
