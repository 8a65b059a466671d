/**
 * A folder of its own for every job, so that jobs see neither each other nor what an earlier one
 * left. HOME and the temporary folder lie beside the source, not in it: `**` is the source alone.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Workspace {
  /** Absolute; all the others are inside. */
  readonly root: string
  readonly source: string
  readonly home: string
  readonly tmp: string
}

export function makeWorkspace(jobsFolder: string): Workspace {
  const root = mkdtempSync(join(jobsFolder, 'job-'))
  const inside = (name: string) => {
    mkdirSync(join(root, name), { mode: 0o700 })
    return join(root, name)
  }
  return { root, source: inside('source'), home: inside('home'), tmp: inside('tmp') }
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
    await run('chmod', ['-R', 'u+rwx', folder]).catch(() => undefined)
    await run('rm', ['-rf', folder])
  }
}
