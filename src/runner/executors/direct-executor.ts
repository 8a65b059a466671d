/**
 * Commands as children of this very process, for one who waits for them and takes them along when
 * they go: no shell stands between, which would cost more than most commands, but one that starts
 * them all (starter.ts). What they print comes through one named pipe, opened once: both outputs
 * keep their order, and scripts can open /dev/stderr. When a command has ended, what it printed is
 * in that pipe, and is read to its end before the next one gets it.
 */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { Socket } from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { SYSTEM_PATH } from '../environment.ts'
import { listsOfJob } from '../isolation.ts'
import {
  isRunning,
  type JobProcesses,
  killAll,
  terminate,
  WORKSPACE_VARIABLE,
} from '../process-tree.ts'
import { SANDBOX, sandboxArgs } from '../sandbox.ts'
import type { CommandExit, Execution, Executor, Listener } from './execution.ts'
import type { ProcessPlace } from './process-executor.ts'
import type { StartOrder, Starter } from './starter.ts'
import { findTool, KEPT_BYTES_MAX } from './supervisor.ts'

/** Younger than that, what it started has a number above its own. */
const YOUNG_MS = 1000
/** Of `sysexits`: a shell that could not even be started. */
const NOT_STARTED = 127

/** As much as a pipe holds. */
const READ_BYTES = 64 * 1024

/** One pipe, of one command at a time. */
export interface OutputPipe {
  /** What commands write to. */
  readonly fd: number
  hear(listener: Listener): void
  /** Resolves when everything that was written before has been heard. */
  drain(): Promise<void>
  close(): void
}

/** Undefined where there is no `mkfifo`. */
export function openPipe(folder: string): OutputPipe | undefined {
  const mkfifo = findTool('mkfifo', SYSTEM_PATH)
  if (mkfifo === undefined) return undefined
  const path = join(folder, `pipe-${randomBytes(6).toString('hex')}`)
  execFileSync(mkfifo, ['-m', '600', path])
  const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants
  const reading = openSync(path, O_RDONLY | O_NONBLOCK)
  const fd = openSync(path, O_WRONLY)
  const socket = new Socket({ fd: reading, readable: true, writable: false })
  // What is read late is no reason to stay.
  socket.unref()
  return pipeOn(socket, reading, fd)
}

function pipeOn(socket: Socket, reading: number, fd: number): OutputPipe {
  let listener: Listener | undefined
  let heard = 0
  const tell = (chunk: Buffer) => {
    heard += chunk.length
    listener?.onOutput(chunk)
    listener?.onSign()
    if (heard >= KEPT_BYTES_MAX) listener?.onCut()
  }
  socket.on('data', tell)
  socket.on('error', () => {})
  return {
    fd,
    hear(next) {
      listener = next
      heard = 0
    },
    drain() {
      // What the stream has taken comes before what is still in the pipe.
      socket.read()
      let left = KEPT_BYTES_MAX
      for (let chunk = readNow(reading); chunk !== undefined; chunk = readNow(reading)) {
        tell(chunk)
        left -= chunk.length
        // Somebody who could not be killed writes without end.
        if (left <= 0) break
      }
      return Promise.resolve()
    },
    close() {
      listener = undefined
      socket.destroy()
      closeSync(fd)
    },
  }
}

const room = Buffer.allocUnsafeSlow(READ_BYTES)

/** Undefined: there is nothing in it. */
function readNow(fd: number): Buffer | undefined {
  try {
    const size = readSync(fd, room, 0, room.length, null)
    return size === 0 ? undefined : Buffer.from(room.subarray(0, size))
  } catch {
    return undefined
  }
}

export function directExecutor(about: ProcessPlace, pipe: OutputPipe, starter?: Starter): Executor {
  const { kit, workspace, folder, tree, network, isSandboxed } = about
  const sandbox = isSandboxed ? SANDBOX : undefined
  const { tools } = about
  const groups = listsOfJob(kit.isolation, workspace)
  const view = { hidden: kit.folder.root, workspace, tree, cwd: folder, network, tools }
  return {
    async start({ line, env: given, state: _ }, listener) {
      const shell = ['/bin/sh', '-eu', '-c', line] as const
      const [file, ...args] = isSandboxed ? [SANDBOX, ...sandboxArgs(view), ...shell] : shell
      const env = { ...given, [WORKSPACE_VARIABLE]: workspace }
      const order = { file, args, cwd: folder, env, groups }
      pipe.hear(listener)
      // A sandbox dies with its parent, which is to be this process.
      const isStarted = !isSandboxed && starter?.canStart(order) === true
      const started = isStarted ? await starter.start(order) : spawned(order, pipe.fd)
      return executionOf(started, pipe, { workspace, sandbox, groups })
    },
    adopt: () =>
      Promise.reject(
        new Fault('runner.gone', 'What a run on this machine had under way ended with it.', {
          remedy: 'Go on with the run: signalbox run --resume.',
          retry: false,
        }),
      ),
  }
}

/** Dearer, the larger this process is. */
function spawned({ file, args, cwd, env }: StartOrder, fd: number): Process {
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', fd, fd], detached: true })
  const ended = Promise.withResolvers<CommandExit>()
  child.once('error', () => ended.resolve({ exitCode: NOT_STARTED }))
  child.once('exit', (code, signal) =>
    ended.resolve({ exitCode: code ?? (signal === null ? undefined : signalExit(signal)) }),
  )
  return { pid: child.pid, ended: ended.promise }
}

interface Process {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined
  readonly ended: Promise<CommandExit>
}

function executionOf(
  { pid, ended }: Process,
  pipe: OutputPipe,
  {
    workspace,
    sandbox,
    groups,
  }: Pick<JobProcesses, 'workspace'> & {
    readonly sandbox: string | undefined
    readonly groups: readonly string[]
  },
): Execution {
  const startedAt = performance.now()
  const job = (): JobProcesses => {
    const isYoung = performance.now() - startedAt < YOUNG_MS
    const from = isYoung && pid !== undefined ? { from: pid } : {}
    return { workspace, group: pid, lists: groups, ...from }
  }
  return {
    ended,
    terminate: () => terminate(job(), sandbox),
    isRunning: () => isRunning(job()),
    kill: () => killAll(job()),
    drain: () => pipe.drain(),
    close: () => pipe.hear(DEAF),
  }
}

const DEAF: Listener = { onOutput: () => {}, onSign: () => {}, onCut: () => {} }

/** As a shell says it. */
function signalExit(signal: NodeJS.Signals): number {
  return 128 + (os.constants.signals[signal] ?? 0)
}
