/**
 * The task cache: which blob a key stands for, one small file a key. Losing an entry costs a job
 * that runs again, so nothing is flushed and what cannot be read is not there.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { CacheIndex } from '#pipelines/ports.ts'
import { onDisk } from '../shared/disk-fault.ts'
import { temporaryIn } from '../shared/durable-file.ts'
import type { Places } from './blob-store.ts'

const DISK = { noSpace: 'cache.no-space', unusable: 'cache.unusable' } as const
const DIGEST = /^sha256:[0-9a-f]{64}$/

/** A manifest that is no digest is Fault `cache.bad-manifest`. */
export function makeCacheIndex({ folder, temporary }: Places): CacheIndex {
  // Hashed, since a scope or key is a name that others chose and may say `../..`.
  const path = (scope: string, key: string) => join(folder, hashed(scope), hashed(key))
  return {
    async get(scope, key) {
      const text = await readFile(path(scope, key), 'utf8').catch(() => undefined)
      return text !== undefined && DIGEST.test(text) ? text : undefined
    },
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
