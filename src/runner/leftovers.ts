/**
 * One folder belongs to one runner, and what a runner leaves behind when it is killed (processes of
 * its jobs, their workspaces) is cleared by the next one that starts there. The server learns of
 * the lost jobs by itself: nobody beats for them any more.
 */
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { killAll, startOf } from './process-tree.ts'
import { removeTree } from './workspace.ts'

export interface RunnerFolder {
  readonly root: string
  /** Workspaces, one for every job under way. */
  readonly jobs: string
  readonly blobs: string
  release(): void
}

/** Throws Fault `runner.folder-in-use`. */
export async function takeFolder(dir: string): Promise<RunnerFolder> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const root = realpathSync(dir)
  const lock = join(root, 'runner.lock')
  refuseIfHeld(lock)
  // A pid alone may be somebody else's by now; with its start it is one process.
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }))
  const jobs = join(root, 'jobs')
  mkdirSync(jobs, { recursive: true, mode: 0o700 })
  await killAll({ workspace: `${jobs}/` })
  // A workspace that will not go costs disk and nothing else: no other job will get its name.
  for (const name of readdirSync(jobs)) await removeTree(join(jobs, name)).catch(() => undefined)
  return { root, jobs, blobs: join(root, 'blobs'), release: () => rmSync(lock, { force: true }) }
}

function refuseIfHeld(lock: string): void {
  let holder: { pid?: unknown; startedAt?: unknown }
  try {
    holder = JSON.parse(readFileSync(lock, 'utf8')) as typeof holder
  } catch {
    return
  }
  const { pid, startedAt } = holder
  if (typeof pid !== 'number' || typeof startedAt !== 'string') return
  if (startOf(pid) !== startedAt) return
  throw new Fault('runner.folder-in-use', `Process ${pid} is a runner in the same folder.`, {
    remedy: 'Give each runner a folder of its own; more jobs at once are a matter of `slots`.',
    retry: false,
  })
}
