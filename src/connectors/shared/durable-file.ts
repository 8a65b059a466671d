/**
 * Files that are whole or absent, whatever happens: written beside their place, flushed to the disk
 * and renamed. Whoever reads sees the old bytes or the new ones, never half of either.
 */
import { randomBytes } from 'node:crypto'
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A writer that has not finished by then is dead: nothing here takes a day. */
const ABANDONED_MS = 24 * 60 * 60 * 1000

interface About {
  readonly temporary: string
  readonly mode?: number
}

export const writeDurably = (
  path: string,
  bytes: Uint8Array | string,
  about: About,
): Promise<void> => written(bytes, about, (beside) => moveDurably(beside, path))

/** Nothing that is there is ever written over, however many try at once. False: it was there. */
export const writeOnce = (
  path: string,
  bytes: Uint8Array | string,
  about: About,
): Promise<boolean> =>
  written(bytes, about, async (beside) => {
    try {
      // A rename would take the place of what is there, and a link does not.
      await link(beside, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
    await flush(dirname(path))
    return true
  })

async function written<T>(
  bytes: Uint8Array | string,
  about: About,
  place: (beside: string) => Promise<T>,
): Promise<T> {
  const beside = temporaryIn(about.temporary)
  try {
    const handle = await open(beside, 'wx', about.mode ?? 0o644)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return await place(beside)
  } finally {
    await rm(beside, { force: true })
  }
}

/** Renames, and flushes the folder: without that a power cut may take the name back. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await flush(dirname(to))
}

/** A file's bytes or a folder's names, safely on the disk. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A path nobody else uses, in a folder on the same disk as the final place. */
export function temporaryIn(folder: string): string {
  return join(folder, `${process.pid}-${randomBytes(9).toString('hex')}`)
}

/** Removes what killed writers left behind. */
export async function sweepTemporary(folder: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() && now - found.mtimeMs > ABANDONED_MS) await rm(path, { force: true })
  }
}
