/**
 * Whether files are those that were unpacked: what the system knows of each, written down when they
 * were, and looked at again. A change of a file's content changes the instant of its last change,
 * which nobody can set. Files that came since are no part of it: programs leave what they compiled.
 */
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** By path below the folder. */
type Seal = Readonly<Record<string, string>>

export async function seal(folder: string, file: string): Promise<void> {
  const found: Record<string, string> = {}
  for await (const path of filesIn(folder)) found[path] = (await mark(join(folder, path))) ?? ''
  await writeFile(file, JSON.stringify(found), { mode: 0o600 })
}

/** Null: it was not sealed, by an earlier version, and nobody can say. */
export async function isIntact(folder: string, file: string): Promise<boolean | null> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return null
  for (const [path, known] of Object.entries(JSON.parse(text) as Seal))
    if ((await mark(join(folder, path))) !== known) return false
  return true
}

async function mark(path: string): Promise<string | undefined> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined)
  return found && `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`
}

async function* filesIn(folder: string, below = ''): AsyncGenerator<string> {
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name)
    if (entry.isDirectory()) yield* filesIn(folder, path)
    else yield path
  }
}
