/**
 * A folder of its own for every job, so that jobs see neither each other nor what an earlier one
 * left. HOME and the temporary folder lie beside the source, not in it: `**` is the source alone.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

export interface Workspace {
  /** Absolute; the next three are inside. */
  readonly root: string
  readonly source: string
  readonly home: string
  readonly tmp: string
  /** What the runner keeps of the job: its journal, its output, its exit code. */
  readonly state: string
}

export interface Folders {
  readonly jobs: string
  readonly states: string
}

export function makeWorkspace(folders: Folders): Workspace {
  const root = mkdtempSync(join(folders.jobs, 'job-'))
  const workspace = workspaceAt(folders, basename(root))
  const { source, home, tmp, state } = workspace
  for (const folder of [source, home, tmp, state]) mkdirSync(folder, { mode: 0o700 })
  return workspace
}

/** Where everything of the job of this name is, or was. */
export function workspaceAt(folders: Folders, name: string): Workspace {
  const root = join(folders.jobs, name)
  const inside = (part: string) => join(root, part)
  const state = join(folders.states, name)
  return { root, source: inside('source'), home: inside('home'), tmp: inside('tmp'), state }
}

export async function removeWorkspace({ root, state }: Workspace): Promise<void> {
  await removeTree(root)
  // Last: as long as it is there, the rest is found again.
  await removeTree(state)
}

/**
 * Removes a tree that a job had its hands on: it may have taken away its own write permission, or
 * be deeper than a path can be long, which only the tools of the system can handle.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch {
    const run = promisify(execFile)
    // Folders alone: a file in it may be a link to one that others have too.
    const open = ['-type', 'd', '-exec', 'chmod', 'u+rwx', '{}', ';']
    await run('find', [folder, ...open]).catch(() => undefined)
    await run('rm', ['-rf', folder])
  }
}
