/**
 * Which processes belong to a job, and how to end all of them. A shell that exits leaves children
 * behind, and a child that called setsid has left the process group; both still carry the job's
 * workspace in their environment. Linux only, by /proc; elsewhere the process group is all we know.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** In the environment of every process of a job: the absolute path of its workspace. */
export const WORKSPACE_VARIABLE = 'SIGNALBOX_WORKSPACE'
/** A fork bomb outside the process group is chased for so many rounds, then left to the machine. */
const ROUNDS_MAX = 100
const ROUND_MS = 10
const INIT_PID = 1
/** So few numbers are asked for one by one, rather than all that there are listed. */
const ASKED_MAX = 64

export interface JobProcesses {
  /** Absolute; with a `/` at its end it stands for every workspace in that folder. */
  readonly workspace: string
  readonly group?: number | undefined
  /** Files that list processes of the job, one number a line. */
  readonly lists?: readonly string[]
  /** The number of its first process, as long as no number can have been given out again. */
  readonly from?: number
  /** Workspaces in that folder that are not meant. */
  readonly spared?: readonly string[]
}
interface Running {
  readonly pid: number
  readonly group: number
  readonly command: string
}

/** Live processes of the job. Empty where there is no /proc. */
export function runningOf(job: JobProcesses): Running[] {
  const end = job.workspace.endsWith('/') ? '' : '\0'
  const marker = markOf(`${job.workspace}${end}`)
  const spared = (job.spared ?? []).map((workspace) => markOf(`${workspace}\0`))
  const isMeant = (pid: number) => {
    const environment = `\0${read(pid, 'environ')}`
    return environment.includes(marker) && !spared.some((mark) => environment.includes(mark))
  }
  // Having cleared its environment and lost its parent, it still sits where it was started. A
  // person's shell in the same folder has its parent, and is not meant.
  const isOrphan = (pid: number) => {
    const folder = workingFolderOf(pid)
    return isIn(job.workspace, folder) && !job.spared?.some((workspace) => isIn(workspace, folder))
  }
  const listed = new Set(job.lists?.flatMap(numbersIn))
  const running: Running[] = []
  for (const pid of pids(job.from)) {
    const stat = statOf(pid)
    if (stat === undefined || stat.state === 'Z') continue
    const isOurs =
      // The first of a group may not have come to be of it yet.
      (job.group !== undefined && (stat.group === job.group || pid === job.group)) ||
      listed.has(pid) ||
      isMeant(pid) ||
      (stat.parent === INIT_PID && isOrphan(pid))
    if (isOurs) running.push({ pid, group: stat.group, command: stat.command })
  }
  return running
}

function numbersIn(file: string): number[] {
  try {
    return readFileSync(file, 'latin1').split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** The environment is bytes, and is read as such. */
const markOf = (workspace: string) =>
  Buffer.from(`\0${WORKSPACE_VARIABLE}=${workspace}`).toString('latin1')

/** Asks the job to end. The sandbox itself is passed over: it would end without grace. */
export function terminate(job: JobProcesses, sandbox?: string): void {
  const running = runningOf(job)
  const isWhole = sandbox === undefined || running.length === 0
  if (isWhole && job.group !== undefined) send(-job.group, 'SIGTERM')
  for (const { pid, group, command } of running)
    if (command !== sandbox && !(isWhole && group === job.group)) send(pid, 'SIGTERM')
}

export function isRunning(job: JobProcesses): boolean {
  if (runningOf(job).length > 0) return true
  return process.platform !== 'linux' && job.group !== undefined && send(-job.group, 0)
}

/** Ends the job for good. Returns whether nothing of it is left. */
export async function killAll(job: JobProcesses): Promise<boolean> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (job.group !== undefined) send(-job.group, 'SIGKILL')
    const running = runningOf(job)
    if (running.length === 0) return true
    for (const { pid } of running) send(pid, 'SIGKILL')
    await delay(ROUND_MS)
  }
  return false
}

/** Clock ticks from the start of the machine to that of the process: with the pid, its name. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.startedAt
}

/** Those that there may be; each is looked at before the next is asked for. */
function* pids(from = 0): Generator<number> {
  if (process.platform !== 'linux') return
  let last = from > 0 ? lastPid() : 0
  if (last >= from && last - from < ASKED_MAX && from > 0) {
    for (let pid = from; pid <= last; pid++) {
      if (existsSync(`/proc/${pid}`)) yield pid
      // What one of them has started before it died has a number by now.
      if (pid === last && last - from < ASKED_MAX) last = Math.max(last, lastPid())
    }
    return
  }
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
  // Asked for after the list: whoever is in it has been given a number by then.
  last = from > 0 ? lastPid() : 0
  const isNew = (pid: number) => pid >= from && pid <= last
  yield* last < from || from === 0 ? all : all.filter(isNew)
}

/** The newest number given out: below an earlier one, they have begun anew. */
function lastPid(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'latin1').trimEnd().split(' ').at(-1))
  } catch {
    return 0
  }
}

/** Empty when the process is gone or another user's. */
function read(pid: number, name: 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

function statOf(pid: number) {
  // pid (command) state parent group …: the command may hold spaces and brackets of its own.
  const text = read(pid, 'stat')
  const end = text.lastIndexOf(')')
  if (end < 0) return undefined
  const fields = text.slice(end + 2).split(' ')
  const command = text.slice(text.indexOf('(') + 1, end)
  const [state, parent, group] = fields
  return { command, state, parent: Number(parent), group: Number(group), startedAt: fields[19] }
}

function workingFolderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Whether there was somebody to send it to. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}
