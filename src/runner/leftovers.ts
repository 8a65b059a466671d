/**
 * One folder belongs to one runner. What a killed runner leaves there is found by the next one:
 * jobs that still run, or have ended meanwhile, are gone on with; of the others the processes are
 * ended, and the server is told that they are lost.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { isAdoptable } from './executors/process.ts'
import { type Journal, readJournal } from './journal.ts'
import { killAll, startOf } from './process-tree.ts'
import { type Folders, removeTree, type Workspace, workspaceAt } from './workspace.ts'

export interface RunnerFolder extends Folders {
  readonly root: string
  readonly blobs: string
  /** In no order. */
  readonly left: readonly LeftJob[]
  release(): void
}

export interface LeftJob {
  readonly workspace: Workspace
  readonly journal: Journal
  /** Whether its command runs under its supervisor, or has ended under it. */
  readonly isWhole: boolean
}

/** Throws Fault `runner.folder-in-use`. */
export async function takeFolder(dir: string): Promise<RunnerFolder> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const root = realpathSync(dir)
  const lock = join(root, 'runner.lock')
  const wasHeld = existsSync(lock)
  refuseIfHeld(lock)
  // A pid alone may be somebody else's by now; with its start it is one process.
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }))
  const folders = { jobs: join(root, 'jobs'), states: join(root, 'states') }
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const left = leftIn(folders)
  const whole = left.filter((job) => job.isWhole).map((job) => job.workspace.root)
  // Who left in good order left nothing running.
  if (wasHeld) await killAll({ workspace: `${folders.jobs}/`, spared: whole })
  await sweep(folders, left)
  const release = () => rmSync(lock, { force: true })
  return { root, ...folders, blobs: join(root, 'blobs'), left, release }
}

function leftIn(folders: Folders): LeftJob[] {
  return readdirSync(folders.states).flatMap((name) => {
    const workspace = workspaceAt(folders, name)
    const journal = readJournal(workspace.state)
    if (journal === undefined) return []
    const isContainer = journal.leased.job.image !== undefined
    // A container is asked for when its turn comes.
    const isKnown = isContainer || isAdoptable(workspace.state)
    const isWhole = journal.command !== undefined && isKnown
    return [{ workspace, journal, isWhole }]
  })
}

async function sweep(folders: Folders, left: readonly LeftJob[]): Promise<void> {
  const kept = new Set(left.flatMap(({ workspace }) => [workspace.root, workspace.state]))
  for (const folder of [folders.jobs, folders.states])
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      // One that will not go costs disk and nothing else: no other job will get its name.
      if (!kept.has(path)) await removeTree(path).catch(() => undefined)
    }
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
