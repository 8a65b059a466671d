/** The audit log's files in a folder: any web server can serve it as it lies there. */
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LogStore } from '#evidence/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { writeDurably, writeOnce } from '../shared/durable-file.ts'

const DISK = { noSpace: 'audit.no-space', unusable: 'audit.unusable' } as const
/** A bundle is 256 entries of 64 KiB; everything else is far smaller. */
const BYTES_MAX = 256 * 65_537
/** Parts of names that are ours; whoever asks for others may mean the folder above. */
const PATH = /^(?:[a-z0-9][a-z0-9.-]*\/)*[a-z0-9][a-z0-9.-]*$/

export async function openLogFolder(folder: string): Promise<LogStore> {
  const temporary = join(folder, '.writing')
  await onDisk(DISK, folder, () => mkdir(temporary, { recursive: true }))
  const place = (path: string): string => {
    if (!PATH.test(path.replaceAll('.p/', '/'))) throw new Error(`${path} is no path of a log`)
    return join(folder, path)
  }
  const write = <T>(path: string, how: () => Promise<T>) =>
    onDisk(DISK, folder, async () => {
      await mkdir(dirname(path), { recursive: true })
      return how()
    })
  const read = (path: string) => onDisk(DISK, folder, () => readWhole(path))
  return {
    async put(path, bytes) {
      const whole = place(path)
      if (await write(whole, () => writeOnce(whole, bytes, { temporary }))) return
      if ((await read(whole))?.equals(bytes) === true) return
      throw new Fault('audit.forked', `${join(folder, path)} was published with other bytes.`, {
        remedy: 'The database is not the one that wrote it: see docs/guides/audit.md, restoring.',
        retry: false,
      })
    },
    async replace(path, bytes) {
      const whole = place(path)
      await write(whole, () => writeDurably(whole, bytes, { temporary }))
    },
    get: async (path) => read(place(path)),
  }
}

async function readWhole(path: string): Promise<Buffer | undefined> {
  const handle = await open(path, 'r').catch(unlessAbsent)
  if (handle === undefined) return undefined
  try {
    const { size } = await handle.stat()
    if (size > BYTES_MAX) throw new Error(`${path} has ${size} bytes, and no file of a log does`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
