/**
 * What a witness remembers: of each log the newest checkpoint that it cosigned, a file each, whole
 * or absent, on the disk before anybody is told. It is the only thing that makes its word worth
 * anything, so of two requests about one log the second waits for the first.
 */
import { hash, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type SignedCheckpoint, readCheckpoint } from '#evidence/log/checkpoint.ts'
import { writeNote } from '#evidence/log/note.ts'
import { Fault } from '#kernel/fault.ts'

export interface WitnessState {
  /** Nobody else changes what is known of that log meanwhile. */
  alone<T>(origin: string, work: () => Promise<T>): Promise<T>
  newest(origin: string): Promise<SignedCheckpoint | undefined>
  keep(checkpoint: SignedCheckpoint): Promise<void>
}

export async function openWitnessState(folder: string): Promise<WitnessState> {
  const dir = join(folder, 'seen')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const place = (origin: string) => join(dir, hash('sha256', origin, 'hex'))
  const turns = new Map<string, Promise<unknown>>()
  return {
    async alone(origin, work) {
      const before = turns.get(origin) ?? Promise.resolve()
      const mine = before.then(work, work)
      turns.set(origin, mine)
      try {
        return await mine
      } finally {
        if (turns.get(origin) === mine) turns.delete(origin)
      }
    },
    async newest(origin) {
      const text = await readFile(place(origin), 'utf8').catch(unlessAbsent)
      if (text === undefined) return undefined
      const read = readCheckpoint(text)
      if (!('why' in read) && read.origin === origin) return read
      // To begin anew would be to forget what was cosigned.
      throw new Fault('witness.state-broken', `${place(origin)} is no checkpoint of ${origin}.`, {
        remedy:
          'Restore the file from a backup. Removing it makes this witness start from nothing.',
        retry: false,
      })
    },
    async keep(checkpoint) {
      const path = place(checkpoint.origin)
      const beside = `${path}.${randomBytes(6).toString('hex')}`
      const file = await open(beside, 'wx', 0o600)
      try {
        await file.writeFile(writeNote(checkpoint.note))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(beside, path)
      const folderHandle = await open(dir, 'r')
      await folderHandle.sync().finally(() => folderHandle.close())
    },
  }
}

function unlessAbsent(error: unknown): undefined {
  if ((error as { code?: string }).code !== 'ENOENT') throw error
}
