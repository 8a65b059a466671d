/** A runner against a fake server, in a folder that goes away with the test. */
import { mkdtempSync, rmSync } from 'node:fs'
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
