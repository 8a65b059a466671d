/** A runner against a fake server, in a folder that goes away with the test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { runRunner, type RunnerOptions } from '../../src/runner/runner.ts'
import type { FinishRequest } from '../../src/pipelines/protocol.ts'
import { type FakeServer, makeFakeServer, type Offer } from './fake-server.ts'

export interface Bench {
  readonly server: FakeServer
  /** The folder of the runner. */
  readonly dir: string
  /** Ends the runner and waits for it. */
  readonly stopRunner: () => Promise<void>
  /** Offers a job and waits for its end. */
  readonly work: (offer: Offer) => Promise<FinishRequest & { readonly log: string }>
}

/** Beats are quick, so that a test need not wait for them; the sandbox only where asked for. */
export async function startBench(
  t: TestContext,
  options: Partial<RunnerOptions> = {},
): Promise<Bench> {
  const server = await makeFakeServer()
  const root = mkdtempSync(join(tmpdir(), 'signalbox-runner-'))
  const dir = join(root, 'runner')
  const stop = new AbortController()
  const running = runRunner({
    url: server.url,
    token: server.token,
    name: 'bench',
    dir,
    slots: 2,
    log: pino({ level: 'silent' }),
    signal: stop.signal,
    sandbox: 'off',
    beatMs: 50,
    ...options,
  })
  const stopRunner = async () => {
    stop.abort()
    await running
  }
  t.after(async () => {
    await stopRunner().finally(() => server.stop())
    rmSync(root, { recursive: true, force: true })
  })
  const work = async (offer: Offer) => {
    const offered = server.offer(offer)
    const end = await offered.finished
    return { ...end, log: offered.log().toString() }
  }
  return { server, dir, stopRunner, work }
}

export interface RunnerProcess {
  /** As a machine that runs out of memory would. */
  readonly kill: () => Promise<void>
  readonly pid: number
}

/** A runner as a process of its own, that can be killed; alone in its folder. */
export function startRunnerProcess(
  t: Pick<TestContext, 'after'>,
  server: Pick<FakeServer, 'url' | 'token'>,
  dir: string,
  name = 'process',
  about: {
    /** By how much its clock is wrong. */
    readonly skewMs?: number
    readonly kubernetes?: string
  } = {},
): RunnerProcess {
  const { skewMs = 0, ...more } = about
  const source = join(import.meta.dirname, '../../src/runner/runner.ts')
  const code = `
    const right = Date.now
    Date.now = () => right() + ${skewMs}
    const { runRunner } = await import('${source}')
    const { pino } = await import('pino')
    await runRunner({ url: '${server.url}', token: '${server.token}', name: '${name}', slots: 1,
      dir: '${dir}', log: pino({ level: 'silent' }), sandbox: 'off', beatMs: 50, ...${JSON.stringify(more)} })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  })
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  return { kill, pid: child.pid ?? 0 }
}

/** A zombie is as dead as it gets: only its parent can do more. */
export function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
}
