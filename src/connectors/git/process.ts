/**
 * Runs the git binary: no shell, no prompt, no configuration but ours, a deadline, and a bound on
 * what it may say. git starts helpers (ssh, https, index-pack), so all of them are one process
 * group and end together.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { Fault } from '#kernel/fault.ts'
import { refused } from './arguments.ts'

/** git removes its lock files on SIGTERM; this is how long it may take over that. */
const TERM_GRACE_MS = 2000
/** The end of what git complains says what went wrong; progress and hints come before. */
const STDERR_LENGTH_MAX = 4096
/** Lists of refs and single files stay far below; logs and trees are streamed instead. */
const STDOUT_BYTES_MAX = 32 * 1024 * 1024

export interface Call {
  readonly args: readonly string[]
  readonly timeoutMs: number
  /** A configuration file that counts beside the repository's own; none when left out. */
  readonly config?: string
  readonly input?: string
}

export interface Ran {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface Running {
  readonly stdout: Readable
  /** Rejects with Fault `git.timeout` or `git.unusable`. */
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>
  kill(): void
}

export class GitProcess {
  readonly #environment: NodeJS.ProcessEnv

  /** The operator's PATH, HOME, proxies and ssh agent; what steers git itself is dropped. */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    const kept = Object.entries(environment).filter(([name]) => !name.startsWith('GIT_'))
    this.#environment = { ...Object.fromEntries(kept), ...OURS }
  }

  start(call: Call): Running {
    const child = spawn('git', call.args, {
      env: { ...this.#environment, GIT_CONFIG_GLOBAL: call.config ?? '/dev/null' },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // a process group of its own, to be ended as one
    })
    // git may end without reading its input; its exit code says whether that was right.
    child.stdin.on('error', () => {})
    child.stdin.end(call.input ?? '')
    let over = false
    child.once('close', () => {
      over = true
    })
    const kill = () => {
      if (!over) endGroup(child)
    }
    const ended = watch(child, call)
    // Whoever reads the output hears of the end only after it; until then nobody listens.
    ended.catch(() => {})
    return { stdout: child.stdout, ended, kill }
  }

  /** Runs to the end. Throws the faults of `ended`; an answer that is too long is `git.refused`. */
  async run(call: Call): Promise<Ran> {
    const running = this.start(call)
    const chunks: Buffer[] = []
    let bytes = 0
    running.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > STDOUT_BYTES_MAX) running.kill()
      else chunks.push(chunk)
    })
    const { code, stderr } = await running.ended
    if (bytes > STDOUT_BYTES_MAX)
      throw refused(
        `git ${call.args[0]} answered more than ${STDOUT_BYTES_MAX} bytes.`,
        'The repository is larger than this platform was made for.',
      )
    return { code, stdout: Buffer.concat(chunks), stderr }
  }
}

const OURS = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'true', // answers with nothing, at once
  SSH_ASKPASS_REQUIRE: 'never',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_ALLOW_PROTOCOL: 'file:https:ssh',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

async function watch(child: Child, call: Call): Promise<{ code: number; stderr: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let stderr = ''
  let timedOut = false
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_LENGTH_MAX)
  })
  const deadline = setTimeout(() => {
    timedOut = true
    endGroup(child)
  }, call.timeoutMs)
  child.once('error', reject)
  // `close` comes after the last byte of both streams, `exit` may come before.
  child.once('close', (code) => resolve(code ?? -1))
  try {
    const code = await promise
    if (timedOut) throw tooLong(call)
    return { code, stderr }
  } catch (error) {
    throw error instanceof Fault ? error : unusable(error)
  } finally {
    clearTimeout(deadline)
  }
}

function endGroup(child: Child): void {
  signalGroup(child, 'SIGTERM')
  const last = setTimeout(() => signalGroup(child, 'SIGKILL'), TERM_GRACE_MS)
  child.once('close', () => clearTimeout(last))
}

/** Only before `close`: as long as somebody holds the pipes the group's number is not another's. */
function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Everyone in the group has ended already.
  }
}

const tooLong = ({ args, timeoutMs }: Call) =>
  new Fault('git.timeout', `git ${args[0]} took longer than ${Math.round(timeoutMs / 1000)} s.`, {
    remedy: 'Check that the repository answers from this machine, and how large it is.',
  })

const unusable = (cause: unknown) =>
  new Fault('git.unusable', 'The git binary cannot be run.', {
    remedy: 'Install git 2.31 or later, and see that it is on the PATH of this server.',
    cause,
  })
