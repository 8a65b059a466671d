/**
 * The runner that comes with a server, as a process of its own: jobs are other people's code, and
 * what they do to their runner must not reach the server. Started again when it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Logger } from '#engine/log.ts'
import type { Config } from './config.ts'
import { PROGRAM } from './installation.ts'
import { allowedVariables, parseSecretRules } from './runner/secrets.ts'

const AGAIN_MS = 1_000
const AGAIN_MS_MAX = 30_000
/** A runner that lived this long was well; its next end begins a new count. */
const WELL_MS = 60_000
/** Jobs get their own grace; after this the runner is ended as it stands. */
const PATIENCE_MS = 15_000

export interface BundledRunner {
  stop(): Promise<void>
}

export interface RunnerSetup {
  readonly url: string
  readonly token: string
  readonly dir: string
  readonly slots: number
  /** Where jobs find their tools. */
  readonly path: string
  /** What of the environment jobs may have as secrets. */
  readonly secretRules: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Logger
}

export function startBundledRunner(at: RunnerSetup): BundledRunner {
  let child: ChildProcess | undefined
  let stopping = false
  let failures = 0
  const start = () => {
    const startedAt = performance.now()
    child = spawnRunner(at, 'bundled')
    child.once('exit', (code) => {
      if (stopping) return
      failures = performance.now() - startedAt > WELL_MS ? 1 : failures + 1
      at.log.warn({ code }, 'the bundled runner ended, and is started again')
      setTimeout(start, Math.min(AGAIN_MS * 2 ** failures, AGAIN_MS_MAX)).unref()
    })
  }
  start()
  return {
    async stop() {
      stopping = true
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child?.kill('SIGKILL'), PATIENCE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

interface About {
  readonly url: string
  readonly token: string
  readonly log: Logger
}

/** As the configuration wants it; of none, none. */
export function runnerOf(config: Config, about: About): BundledRunner | undefined {
  return config.runnerSlots === 0 ? undefined : startBundledRunner(setupOf(config, about))
}

/** What a runner on this machine is started with. */
export function setupOf(config: Config, about: About): RunnerSetup {
  return {
    ...about,
    dir: join(config.dataDir, 'runner'),
    slots: config.runnerSlots,
    path: config.path,
    secretRules: config.runnerSecrets,
    environment: config.secrets,
  }
}

/** A runner that ends with this process, however that ends: without a server it is of no use. */
export function spawnRunner(at: RunnerSetup, name: string): ChildProcess {
  const secrets = allowedVariables(parseSecretRules(at.secretRules), at.environment)
  const args = [PROGRAM, '--url', at.url, 'runner', '--name', name, '--dir', at.dir]
  return spawn(process.execPath, [...args, '--slots', String(at.slots), '--attached'], {
    // The token travels where other users cannot read it, and no argument list shows it.
    env: {
      ...secrets,
      PATH: at.path,
      HOME: at.dir,
      SIGNALBOX_TOKEN: at.token,
      SIGNALBOX_LOG: at.log.level,
      SIGNALBOX_RUNNER_SECRETS: at.secretRules,
    },
    stdio: ['pipe', 'ignore', 'inherit'],
  })
}
