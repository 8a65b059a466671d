/**
 * A commit as data: the demonstration makes the same change in a fresh clone every time. Each edit
 * finds its place by text, so that an example that moved on is noticed and never half changed.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'

export interface Edit {
  /** Relative to the service's folder. */
  readonly path: string
  /** Text that the file has exactly once. */
  readonly find: string
  readonly replace: string
}

export interface Change {
  /** The service it is made in, and the name of its folder in `examples/`. */
  readonly service: string
  /** The commit's message: a subject, an empty line, a body. */
  readonly message: string
  readonly edits: readonly Edit[]
}

/** Lines as one text, each with its end. */
export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('')
}

/** The text after one edit. Fault `demo.change-misses` when its place is not there exactly once. */
export function edited(text: string, { path, find, replace }: Edit): string {
  const [before, after, ...more] = text.split(find)
  if (before === undefined || after === undefined || more.length > 0)
    throw new Fault('demo.change-misses', `${path} has not exactly one "${find.trim()}"`, {
      remedy: 'bring the change in src/demo up to date with the example',
      retry: false,
    })
  return before + replace + after
}

/** Makes the change in a service's folder: all of it, or Fault `demo.change-misses` and nothing. */
export async function applyChange(folder: string, change: Change): Promise<void> {
  const texts = new Map<string, string>()
  for (const edit of change.edits) {
    const path = join(folder, edit.path)
    texts.set(path, edited(texts.get(path) ?? (await readFile(path, 'utf8')), edit))
  }
  for (const [path, text] of texts) await writeFile(path, text)
}
