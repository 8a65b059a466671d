/**
 * Starts commands for a process that is large. Starting one copies the tables of the memory of
 * whoever starts it, and stops it meanwhile: out of a Node with a program in it that costs more
 * than the shell that is started. So a small shell stands ready, is told by lines what to start,
 * and says the number of each process and how it ended.
 *
 * Each command is a session of its own, in the foreground of that shell, lest it ignore SIGINT. The
 * shell ends when whoever opened it does, but not before its command: what outlives a killed
 * runner is found by its environment, as ever.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { SYSTEM_PATH } from '../environment.ts'
import type { CommandExit } from './execution.ts'
import { findTool } from './supervisor.ts'

export interface StartOrder {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Files named `cgroup.procs` that the command is to be listed in. */
  readonly groups: readonly string[]
}

export interface Started {
  /** Of its first process, and of its group. */
  readonly pid: number
  /** Rejects when the shell that started it is gone: how it ended nobody knows. */
  readonly ended: Promise<CommandExit>
}

/** One command at a time. */
export interface Starter {
  /** Whether this can be told in lines of a shell. */
  canStart(order: StartOrder): boolean
  /** Rejects when nothing could be started. */
  start(order: StartOrder): Promise<Started>
  close(): void
}

/** Set by shells themselves, or read by them: these reach a command only past a shell. */
const OF_SHELLS = /^(IFS|OPTIND|PPID|E?UID|(OLD)?PWD|SHELLOPTS|BASH.*)$/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Of `sysexits` and of shells: what was to be started could not be. */
const NOT_STARTED = 126

/** `output`: where commands write to. Undefined where the tools for it are missing. */
export function openStarter(output: number): Starter | undefined {
  const setsid = process.platform === 'linux' ? findTool('setsid', SYSTEM_PATH) : undefined
  if (setsid === undefined) return undefined
  let shell: Shell | undefined
  return {
    canStart: ({ cwd, file, args, env, groups }) =>
      Object.keys(env).every((name) => NAME.test(name) && !OF_SHELLS.test(name)) &&
      ![cwd, file, ...args, ...Object.values(env), ...groups].some((text) => text.includes('\0')),
    start(order) {
      // One that a job has killed, or the machine, is followed by another.
      if (shell === undefined || shell.isGone()) shell = startShell(output)
      return shell.run(lineOf(order, setsid))
    },
    close: () => shell?.close(),
  }
}

interface Shell {
  isGone(): boolean
  run(line: string): Promise<Started>
  close(): void
}

/** Elsewhere than its commands, and without their mark: it is none of them, and not killed. */
function startShell(output: number): Shell {
  const child = spawn('/bin/sh', [], {
    ...{ cwd: '/', env: {}, detached: true },
    stdio: ['pipe', 'pipe', 'ignore', output],
  }) as ChildProcessByStdio<Writable, Readable, null>
  let under: Under | undefined
  let said = ''
  let isGone = false
  child.stdout.on('data', (bytes: Buffer) => {
    const lines = `${said}${bytes.toString('latin1')}`.split('\n')
    said = lines.pop() ?? ''
    for (const line of lines) under?.hear(line)
  })
  const onGone = () => {
    isGone = true
    under?.lose()
  }
  child.on('error', onGone)
  child.on('close', onGone)
  // Of one that is gone; that is told by the end of it.
  child.stdin.on('error', () => {})
  return {
    isGone: () => isGone || child.exitCode !== null || child.signalCode !== null,
    run(line) {
      under = makeUnder()
      child.stdin.write(line)
      return under.begun
    },
    close() {
      child.stdin.destroy()
      child.stdout.destroy()
      child.unref()
    },
  }
}

interface Under {
  readonly begun: Promise<Started>
  hear(line: string): void
  lose(): void
}

/** The command that is under way. */
function makeUnder(): Under {
  const begun = Promise.withResolvers<Started>()
  const ended = Promise.withResolvers<CommandExit>()
  // Whoever never asks is not to be told by the whole process ending.
  ended.promise.catch(() => undefined)
  return {
    begun: begun.promise,
    hear(line) {
      const number = Number(line.slice(1))
      if (line.startsWith('+')) return begun.resolve({ pid: number, ended: ended.promise })
      begun.reject(new Error('It was killed before it began.'))
      ended.resolve({ exitCode: number })
    },
    lose() {
      const gone = new Error('The shell that starts commands is gone.')
      begun.reject(gone)
      ended.reject(gone)
    },
  }
}

/**
 * Its number comes from /proc: in what a shell forks, `$$` is still the shell. The shell's own
 * orders and answers are out of its sight before anything of it runs.
 */
function lineOf({ file, args, cwd, env, groups }: StartOrder, setsid: string): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`)
  const listed = groups.map((list) => `echo "$p" > ${quoted(list)}`)
  const steps = [
    'read -r p r < /proc/self/stat',
    'echo "+$p"',
    'exec < /dev/null >&3 2>&3 3>&-',
    ...listed,
    `cd ${quoted(cwd)} || exit ${NOT_STARTED}`,
    'unset OLDPWD',
    ...(variables.length === 0 ? [] : [`export ${variables.join(' ')}`]),
    `exec ${[setsid, file, ...args].map(quoted).join(' ')}`,
  ]
  return `(${steps.join('; ')})\necho "=$?"\n`
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
