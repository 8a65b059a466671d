/**
 * Where what cannot be sent now is kept: one folder a server, since a record is for the server it
 * was made for. Whatever is written is whole or absent, and nobody else on the machine reads it.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Fault } from '#kernel/fault.ts'

type Environment = Readonly<Record<string, string | undefined>>

export function spoolFolder(environment: Environment, url: string): string {
  const state = environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  const all = environment['SIGNALBOX_SPOOL'] ?? join(state, 'signalbox', 'spool')
  return join(all, url.replaceAll(/[^a-z0-9.-]+/gi, '_').slice(0, 120))
}

/** The names in a folder; none where there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(unlessAbsent([]))
}

export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(unlessAbsent(undefined))
}

/** True when this was the one that made it: of several that want one name the first has it. */
export async function writeNew(path: string, text: string): Promise<boolean> {
  return onDisk(path, async () => {
    const beside = await written(path, text)
    try {
      await link(beside, path)
      await flush(dirname(path))
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(beside, { force: true })
    }
  })
}

export async function replace(path: string, text: string): Promise<void> {
  await onDisk(path, async () => {
    await rename(await written(path, text), path)
    await flush(dirname(path))
  })
}

/** Beside its place and on the disk, under a name that nobody reads. */
async function written(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = join(dirname(path), `.${process.pid}-${randomBytes(9).toString('hex')}`)
  const handle = await open(beside, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return beside
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Fault || codeOf(error) === undefined) throw error
    throw new Fault('spool.unusable', `${path} cannot be written (${codeOf(error)}).`, {
      remedy: 'Make room and mend its rights, or set SIGNALBOX_SPOOL to another folder.',
      cause: error,
    })
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code

const unlessAbsent =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (codeOf(error) === 'ENOENT') return instead
    throw error
  }
