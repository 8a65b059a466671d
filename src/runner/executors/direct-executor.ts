/**
 * Commands as children of this very process, for one who waits for them and takes them along when
 * they go: no shell stands between, which would cost more than most commands. What they print comes
 * through one named pipe, opened once: both outputs keep their order, and scripts can open
 * /dev/stderr. A word that nobody else knows marks in it where one command has ended.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { SYSTEM_PATH } from '../environment.ts'
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
import { findTool, KEPT_BYTES_MAX } from './supervisor.ts'

/** Younger than that, what it started has a number above its own. */
const YOUNG_MS = 1000
/** Of `sysexits`: a shell that could not even be started. */
const NOT_STARTED = 127

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
  const marking = openSync(path, O_WRONLY | O_NONBLOCK)
  const socket = new Socket({ fd: reading, readable: true, writable: false })
  // What is read late is no reason to stay.
  socket.unref()
  return pipeOn(socket, fd, marking)
}

function pipeOn(socket: Socket, fd: number, marking: number): OutputPipe {
  let listener: Listener | undefined
  let heard = 0
  let mark: { readonly word: Buffer; readonly done: () => void } | undefined
  /** What may be the beginning of the mark. */
  let held = Buffer.alloc(0)
  const tell = (chunk: Buffer) => {
    if (chunk.length === 0) return
    heard += chunk.length
    listener?.onOutput(chunk)
    listener?.onSign()
    if (heard >= KEPT_BYTES_MAX) listener?.onCut()
  }
  const hear = (chunk: Buffer) => {
    if (mark === undefined) return tell(chunk)
    const text = Buffer.concat([held, chunk])
    const at = text.indexOf(mark.word)
    const end = at < 0 ? Math.max(0, text.length - mark.word.length) : at
    held = text.subarray(end)
    tell(text.subarray(0, end))
    if (at < 0) return
    const { done, word } = mark
    const rest = text.subarray(at + word.length)
    mark = undefined
    held = Buffer.alloc(0)
    tell(rest)
    done()
  }
  socket.on('data', hear)
  socket.on('error', () => mark?.done())
  return {
    fd,
    hear(next) {
      listener = next
      heard = 0
    },
    drain() {
      return new Promise((resolve) => {
        const word = Buffer.from(`\0${randomBytes(24).toString('hex')}\0`)
        mark = { word, done: resolve }
        const write = () => {
          try {
            writeSync(marking, word)
          } catch {
            // Full: there is more to hear first.
            setTimeout(write, 1)
          }
        }
        write()
      })
    },
    close() {
      listener = undefined
      socket.destroy()
      closeSync(fd)
      closeSync(marking)
    },
  }
}

export function directExecutor(about: ProcessPlace, pipe: OutputPipe): Executor {
  const { kit, workspace, folder, tree, network, isSandboxed } = about
  const sandbox = isSandboxed ? SANDBOX : undefined
  const { tools } = about
  const view = { hidden: kit.folder.root, workspace, tree, cwd: folder, network, tools }
  return {
    start({ line, env }, listener) {
      const shell = ['/bin/sh', '-eu', '-c', line] as const
      const [file, ...args] = isSandboxed ? [SANDBOX, ...sandboxArgs(view), ...shell] : shell
      pipe.hear(listener)
      const child = spawn(file, args, {
        cwd: folder,
        env: { ...env, [WORKSPACE_VARIABLE]: workspace },
        stdio: ['ignore', pipe.fd, pipe.fd],
        detached: true,
      })
      return Promise.resolve(executionOf(child, pipe, { workspace, sandbox }))
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

function executionOf(
  child: ChildProcess,
  pipe: OutputPipe,
  { workspace, sandbox }: { readonly workspace: string; readonly sandbox: string | undefined },
): Execution {
  const startedAt = performance.now()
  const ended = Promise.withResolvers<CommandExit>()
  child.once('error', () => ended.resolve({ exitCode: NOT_STARTED }))
  child.once('exit', (code, signal) =>
    ended.resolve({ exitCode: code ?? (signal === null ? undefined : signalExit(signal)) }),
  )
  const job = (): JobProcesses => {
    const isYoung = performance.now() - startedAt < YOUNG_MS
    const from = isYoung && child.pid !== undefined ? { from: child.pid } : {}
    return { workspace, group: child.pid, ...from }
  }
  return {
    ended: ended.promise,
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
