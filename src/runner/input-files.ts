/** The files that a job declares as its inputs, as its cache key knows them. */
import { hash } from 'node:crypto'
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { WHOLE_BYTES_MAX } from './blob-cache.ts'
import { type Found, makeTurns } from './files.ts'
import { hashFile } from './transfer.ts'

export interface InputFile {
  readonly path: string
  readonly mode: number
  /** sha256 of the content, or the target of a link. */
  readonly content: string
}

/** `shaOf`: for one who knows some of them already. */
export async function readInputs(
  root: string,
  found: readonly Found[],
  shaOf?: (file: string, facts: Stats) => string | undefined,
): Promise<InputFile[]> {
  const takeTurns = makeTurns()
  const files: InputFile[] = []
  for (const { path, kind } of found) {
    await takeTurns()
    const file = join(root, path)
    if (kind === 'link') {
      files.push({ path, mode: 0, content: `-> ${readlinkSync(file)}` })
      continue
    }
    const facts = lstatSync(file)
    const { mode, size } = facts
    const isLarge = size > WHOLE_BYTES_MAX
    const read = () => (isLarge ? hashFile(file) : hash('sha256', readFileSync(file), 'hex'))
    const content = shaOf?.(file, facts) ?? (await read())
    // Of the mode only what git keeps: the rest depends on the umask of the machine.
    files.push({ path, mode: (mode & 0o100) === 0 ? 0o644 : 0o755, content })
  }
  return files
}
