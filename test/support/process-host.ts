/** A host for the process target in a temporary folder: its agent, its artifacts, its end. */
import { execFile, execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentInfo, processTarget, stopAgent } from '#connectors/process/client.ts'
import { isFree } from '#connectors/process/loopback.ts'
import { isRunning } from '#connectors/process/processes.ts'
import { startAgent } from '#connectors/process/start-agent.ts'
import { packArtifact } from './tarball.ts'
import { until } from './until.ts'

export interface HostOptions {
  readonly router: 'auto' | 'haproxy' | 'node'
  readonly graceMs?: number
  readonly drainMs?: number
  /** Where the agent looks for programs. */
  readonly path?: string
  /** More of the agent's own environment. */
  readonly env?: Readonly<Record<string, string>>
}

export type ProcessHost = ReturnType<typeof makeProcessHost>

export function makeProcessHost(options: HostOptions) {
  const dir = mkdtempSync(join(tmpdir(), 'sb-'))
  const socket = join(dir, 'agent.sock')
  const ensureAgent = () => startAgent(socket, agentCommand(dir, socket, options))
  const outputs = join(dir, 'agent', 'outputs')
  return {
    dir,
    socket,
    ensureAgent,
    target: processTarget({ socket, ensureAgent }),
    service: packArtifact(dir, [
      { path: 'service.mjs', body: readFileSync(new URL('./service.mjs', import.meta.url)) },
    ]),
    agentLog: () => readFileSync(join(dir, 'agent.log'), 'utf8'),
    outputBytes: (instance: string) =>
      readdirSync(outputs)
        .filter((name) => name.startsWith(instance))
        .reduce((sum, name) => sum + statSync(join(outputs, name)).size, 0),
    async crashAgent(): Promise<number> {
      const info = await agentInfo(socket)
      if (!info) throw new Error('no agent to crash')
      process.kill(info.pid, 'SIGKILL')
      await until('the agent is dead', async () => !(await agentInfo(socket)))
      return info.pid
    },
    /** Kills every router process of this host. */
    async crashRouters(): Promise<void> {
      const routers = join(dir, 'agent', 'routers')
      for (const home of readdirSync(routers)) {
        const file = join(routers, home, 'process.json')
        if (!existsSync(file)) continue
        const text = readFileSync(file, 'utf8')
        const { process: router } = JSON.parse(text) as {
          process: { pid: number; started: string }
        }
        process.kill(router.pid, 'SIGKILL')
        await until('the router is dead', () => !isRunning(router))
      }
    },
    async dispose(): Promise<void> {
      // An agent that was ended left its instances running: only an agent finds and stops them.
      if (existsSync(outputs) && readdirSync(outputs).length > 0) await ensureAgent()
      await stopAgent(socket, 'stop')
      // Unpacked artifacts are read-only, which not everybody who runs tests may ignore.
      execFileSync('chmod', ['-R', 'u+w', dir])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export function agentCommand(dir: string, socket: string, { env, ...options }: HostOptions) {
  const module = new URL('../../src/connectors/process/agent-main.ts', import.meta.url).href
  const words = JSON.stringify({ ...options, dir: join(dir, 'agent'), socket })
  const main = `
    const say = (level) => (fields, text) => console.error(level, text, JSON.stringify(fields))
    const log = { info: say('info'), warn: say('warn'), error: say('error') }
    const { runAgent } = await import(${JSON.stringify(module)})
    await runAgent({ ...${words}, log })`
  return {
    file: process.execPath,
    args: ['--input-type=module', '-e', main],
    env: { ...env },
    output: join(dir, 'agent.log'),
  }
}

/** A port nobody listens on, for a slot: outside the system's own range and the agent's. */
export async function publicPort(): Promise<number> {
  for (;;) {
    const port = randomInt(14_000, 24_000)
    if (await isFree(port)) return port
  }
}

export function hasHaproxy(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('haproxy', ['-v'], (error) => resolve(error === null))
  })
}
