/**
 * What the agent knows of processes it may not have started itself: a process is its pid and the
 * moment it began, read from /proc, because a pid alone is soon somebody else's. Everything the
 * agent starts carries a HOME of its own, which finds what a crash left without a record.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export interface ProcessIdentity {
  readonly pid: number
  /** Boot id and start time in clock ticks: a machine that reboots counts ticks anew. */
  readonly started: string
}

export interface Launch {
  readonly argv: readonly string[]
  readonly cwd: string
  /** The whole environment; nothing is inherited. HOME must be this process's alone. */
  readonly env: Readonly<Record<string, string>> & { readonly HOME: string }
  /** Both outputs are appended to this file, so that they outlive the agent. */
  readonly output: string
}

export interface Launched {
  readonly identity: ProcessIdentity
  /** `exit code 1`, `signal SIGKILL`. */
  readonly exited: Promise<string>
}

interface Stat {
  readonly state: string
  readonly session: number
  readonly ticks: string
}

/** How often a process that is asked to stop is looked at. */
const LOOK_MS = 25

/** Starts a process in a session of its own; throws what spawn throws (ENOENT, EACCES). */
export async function launch(wish: Launch): Promise<Launched> {
  const [file = '', ...args] = wish.argv
  const output = openSync(wish.output, 'a', 0o600)
  try {
    const child = spawn(file, args, {
      cwd: wish.cwd,
      env: wish.env,
      detached: true,
      stdio: ['ignore', output, output],
    })
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
      )
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    // An agent that ends must not wait for what it started.
    child.unref()
    const pid = child.pid ?? 0
    return { identity: identify(pid) ?? { pid, started: 'gone' }, exited }
  } finally {
    closeSync(output)
  }
}

export function identify(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid)
  return stat ? { pid, started: `${bootId()}:${stat.ticks}` } : undefined
}

/** A zombie is dead: nobody may be there to collect it. */
export function isRunning(identity: ProcessIdentity): boolean {
  const stat = statOf(identity.pid)
  return (
    stat !== undefined && stat.state !== 'Z' && `${bootId()}:${stat.ticks}` === identity.started
  )
}

/**
 * Everything that belongs to a launched process: its session while it lives, and whoever carries
 * its HOME, which finds children that left the session and orphans of a dead leader.
 */
export function familyOf(home: string, leader: ProcessIdentity | null): number[] {
  const session = leader && isRunning(leader) ? leader.pid : undefined
  const mark = `\0HOME=${home}\0`
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 1 && pid !== process.pid)
    .filter((pid) => {
      const stat = statOf(pid)
      if (!stat || stat.state === 'Z') return false
      return stat.session === session || `\0${readOr(`/proc/${pid}/environ`)}`.includes(mark)
    })
}

/**
 * SIGTERM to the process group and, once its leader is gone, to those of the family outside of it;
 * after `graceMs` SIGKILL to whatever is left. Resolves when nothing is.
 */
export async function end(
  home: string,
  leader: ProcessIdentity | null,
  graceMs: number,
): Promise<void> {
  if (leader && isRunning(leader)) signal(-leader.pid, 'SIGTERM')
  const deadline = performance.now() + graceMs
  if (leader) while (isRunning(leader) && performance.now() < deadline) await pause(LOOK_MS)
  let left = familyOf(home, leader)
  while (left.length > 0 && performance.now() < deadline) {
    // Orphans: some had left the group and were not told yet, some were being forked meanwhile.
    for (const pid of left) signal(pid, 'SIGTERM')
    await pause(LOOK_MS * 4)
    left = familyOf(home, leader)
  }
  // A process that forks as fast as it is killed would need a cgroup; twenty rounds is honest.
  for (let round = 0; left.length > 0 && round < 20; round++) {
    if (leader && isRunning(leader)) signal(-leader.pid, 'SIGKILL')
    for (const pid of left) signal(pid, 'SIGKILL')
    await pause(LOOK_MS)
    left = familyOf(home, leader)
  }
}

export function bootId(): string {
  boot ??= readOr('/proc/sys/kernel/random/boot_id').trim()
  return boot
}
let boot: string | undefined

function statOf(pid: number): Stat | undefined {
  const text = readOr(`/proc/${pid}/stat`)
  // The name stands in brackets and may hold brackets and blanks itself: fields start after the
  // last.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state = '', , , session = ''] = fields
  return text === '' ? undefined : { state, session: Number(session), ticks: fields[19] ?? '' }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process is gone, or another user's.
    return ''
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone between the look and the signal: what was wanted.
  }
}
