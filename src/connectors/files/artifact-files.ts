/**
 * Artifacts of runs, laid out like blobs. The time of the last change of a file says when somebody
 * last wanted it; what is thrown away is first moved aside and looked at again there, so that who
 * wants it in that very moment either finds it or is told that it is not there.
 */
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactFiles } from '#pipelines/ports.ts'
import { onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { temporaryIn } from '../shared/durable-file.ts'
import { DISK, makeBlobStore, type Places } from './blob-store.ts'

export function makeArtifactFiles(places: Places): ArtifactFiles {
  const { folder, temporary } = places
  const blobs = makeBlobStore(places)
  const guarded = <T>(work: () => Promise<T>) => onDisk(DISK, folder, work)
  return {
    ...blobs,
    keep: (digest) =>
      guarded(async () => {
        const now = new Date()
        const done = await utimes(blobs.path(digest), now, now).then(() => true, unlessAbsent)
        return done ?? false
      }),
    async *old(ageMs) {
      const root = join(folder, 'sha256')
      for (const shelf of await guarded(() => namesIn(root)))
        yield await guarded(async () => {
          const names = await namesIn(join(root, shelf))
          const found = await Promise.all(
            names.map(async (name) => ((await isOld(join(root, shelf, name), ageMs)) ? name : '')),
          )
          return found.filter((name) => name !== '').map((hex) => `sha256:${hex}`)
        })
    },
    discard: (digest, ageMs) =>
      guarded(async () => {
        const path = blobs.path(digest)
        const aside = temporaryIn(temporary)
        const moved = await rename(path, aside).then(() => true, unlessAbsent)
        if (moved !== true) return false
        if (await isOld(aside, ageMs)) {
          await rm(aside, { force: true })
          return true
        }
        await rename(aside, path)
        return false
      }),
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(unlessAbsent)) ?? []
}

async function isOld(path: string, ageMs: number): Promise<boolean> {
  const found = await stat(path).catch(unlessAbsent)
  return found?.isFile() === true && Date.now() - found.mtimeMs >= ageMs
}
