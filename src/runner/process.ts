/**
 * Runs one command of a job from start to the last of its children. Both outputs share one named
 * pipe: that keeps their order, lets scripts open /dev/stderr (which a socket refuses), and a child
 * that holds it open after the shell has ended holds nobody up.
 */
import { spawn } from 'node:child_process'
import { closeSync, constants, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { isRunning, killAll, terminate } from './process-tree.ts'

/** The longest that a timer of Node can be set for: 24 days. */
const TIMER_MS_MAX = 2 ** 31 - 1
const LOOK_MS = 100
/** What is in the pipe when all are dead is read in moments; only the unkillable can delay it. */
const DRAIN_MS_MAX = 2000

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Absolute, and named in `env`: that is how the children are found. */
  readonly workspace: string
  /** A named pipe that nobody else uses; it is removed. */
  readonly pipe: string
  /** The name of the process that confines the others, when there is one. */
  readonly sandbox?: string | undefined
  readonly timeoutMs: number
  readonly idleMs: number
  readonly graceMs: number
  /** Asks the command to end; with the reason `now`, without grace. */
  readonly signal: AbortSignal
  onOutput(chunk: Buffer): void
}

export interface CommandEnd {
  readonly how: 'exited' | 'timeout.wall' | 'timeout.idle' | 'stopped'
  readonly exitCode: number | undefined
  readonly signal: NodeJS.Signals | undefined
  /** Whether something of it could not be killed. */
  readonly isLeftover: boolean
}

/** Rejects with the system's error when the command could not even be started. */
export async function runCommand(command: Command): Promise<CommandEnd> {
  const reading = openSync(command.pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const writing = openSync(command.pipe, constants.O_WRONLY)
  rmSync(command.pipe)
  const output = new Socket({ fd: reading, readable: true, writable: false })
  const closed = new Promise<void>((resolve) => {
    output.on('close', () => resolve())
  })
  output.on('error', () => output.destroy())
  try {
    return await supervise(command, output, writing)
  } finally {
    // Nobody writes any more; end follows the last byte.
    await Promise.race([closed, delay(DRAIN_MS_MAX)])
    output.destroy()
  }
}

async function supervise(command: Command, output: Socket, writing: number): Promise<CommandEnd> {
  let child
  try {
    child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: command.env,
      stdio: ['ignore', writing, writing],
      detached: true,
    })
  } finally {
    closeSync(writing)
  }
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve({ code, signal }))
    },
  )
  const job = { workspace: command.workspace, group: child.pid }
  let how: CommandEnd['how'] = 'exited'
  const stopped = Promise.withResolvers<void>()
  const stop = (why: CommandEnd['how']) => {
    if (how !== 'exited') return
    how = why
    stopped.resolve()
  }
  const watch = watchTimes(command, output, stop)
  const { signal } = command
  const onAbort = () => stop('stopped')
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    await Promise.race([exited, stopped.promise])
    const graceMs = signal.reason === 'now' ? 0 : command.graceMs
    // The shell may die of SIGTERM at once while its children still put their affairs in order.
    if (how !== 'exited') await endGently(job, command.sandbox, graceMs)
    const isLeftover = !(await killAll(job))
    const end = isLeftover ? await Promise.race([exited, delay(LOOK_MS)]) : await exited
    return {
      how,
      exitCode: end?.code ?? undefined,
      signal: end?.signal ?? undefined,
      isLeftover,
    }
  } finally {
    watch.end()
    signal.removeEventListener('abort', onAbort)
  }
}

async function endGently(
  job: { readonly workspace: string; readonly group: number | undefined },
  sandbox: string | undefined,
  graceMs: number,
): Promise<void> {
  if (graceMs <= 0) return
  terminate(job, sandbox)
  const until = performance.now() + graceMs
  for (let leftMs = graceMs; leftMs > 0 && isRunning(job); leftMs = until - performance.now())
    await delay(Math.min(LOOK_MS, leftMs))
}

/** The two clocks, and the output on its way to the log. */
function watchTimes(command: Command, output: Socket, stop: (why: CommandEnd['how']) => void) {
  const wall = setTimeout(() => stop('timeout.wall'), Math.min(command.timeoutMs, TIMER_MS_MAX))
  const idle = setTimeout(() => stop('timeout.idle'), Math.min(command.idleMs, TIMER_MS_MAX))
  output.on('data', (chunk: Buffer) => {
    command.onOutput(chunk)
    idle.refresh()
  })
  return {
    end() {
      clearTimeout(wall)
      clearTimeout(idle)
    },
  }
}
