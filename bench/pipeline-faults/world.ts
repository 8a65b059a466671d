/**
 * A server with its own database, two runners and a repository, as processes of this machine that
 * are killed with SIGKILL and started again. What jobs do they write down outside of it all.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const PROGRAM = resolve(import.meta.dirname, '..', '..', 'bin', 'signalbox.mjs')
const RUNNER = resolve(import.meta.dirname, '..', '..', 'src', 'runner', 'runner.ts')
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
export const RUNNERS = ['one', 'two'] as const
const READY_MS = 120_000

/** Told first, so that what is told twice has run twice. */
const TELL = 'echo "$SIGNALBOX_RUN $SIGNALBOX_JOB $SIGNALBOX_ATTEMPT $$" >> "$JOURNAL"'
const job = (line: string, more: object = {}) => ({ run: `${TELL}; ${line}`, ...more })

/** A diamond, something that changes the world, and what must happen however it ends. */
export const JOBS = {
  build: job('sleep 0.3; echo built > out.txt', { outputs: ['out.txt'] }),
  left: job('sleep 0.6; cat out.txt', { needs: ['build'] }),
  // What leaves its shell, its session and its parent dies with it all the same.
  right: job(
    '(setsid sh -c "echo $SIGNALBOX_RUN child 0 \\$\\$ >> $JOURNAL; sleep 300" &); sleep 0.4',
    {
      needs: ['build'],
    },
  ),
  deploy: job('sleep 0.3', { needs: ['left', 'right'], effect: 'deploy' }),
}

interface Process {
  kill(): Promise<void>
}

export interface Told {
  readonly run: string
  readonly job: string
  readonly attempt: number
  readonly pid: number
}

export interface World {
  readonly kills: Record<'server' | 'runner' | 'database', number>
  /** Kills one, and starts it again. */
  hurt(what: 'server' | 'runner' | 'database', chance: () => number): Promise<void>
  ask<T>(path: string, body?: object): Promise<T | undefined>
  told(): readonly Told[]
  close(): Promise<void>
}

export async function makeWorld(): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'sb-faults-'))
  chmodSync(root, 0o711)
  const data = join(root, 'data')
  const journal = join(root, 'journal')
  writeFileSync(journal, '')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let server = await startServer(data, port)
  const token = () => readFileSync(join(data, 'admin-token'), 'utf8').trim()
  const startRunner = (name: string) => runnerProcess({ url, data, root, name })
  const runners = new Map<string, Process>(RUNNERS.map((name) => [name, startRunner(name)]))
  const ask = async <T>(path: string, body?: object): Promise<T | undefined> => {
    const headers = { authorization: `Bearer ${token()}`, 'content-type': 'application/json' }
    const how =
      body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await fetch(`${url}/api/v1${path}`, how).catch(() => undefined)
    return answer?.ok === true ? ((await answer.json()) as T) : undefined
  }
  writeRepository(join(root, 'repository'), journal)
  const manifests = join(root, 'repository', 'signalbox.yaml')
  execFileSync(process.execPath, [PROGRAM, 'apply', '-f', manifests], {
    env: { PATH, HOME: root, SIGNALBOX_URL: url, SIGNALBOX_TOKEN: token() },
  })
  await ask('/repositories/push', { repository: join(root, 'repository'), branch: 'main' })
  const kills = { server: 0, runner: 0, database: 0 }
  return {
    kills,
    ask,
    async hurt(what, chance) {
      kills[what]++
      if (what === 'database') return killDatabase(data)
      if (what === 'runner') {
        const name = RUNNERS[Math.floor(chance() * RUNNERS.length)] ?? 'one'
        await runners.get(name)?.kill()
        runners.set(name, startRunner(name))
        return
      }
      await server.kill()
      server = await startServer(data, port)
    },
    told: () =>
      readFileSync(journal, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [run = '', name = '', attempt, pid] = line.split(' ')
          return { run, job: name, attempt: Number(attempt), pid: Number(pid) }
        }),
    async close() {
      for (const runner of runners.values()) await runner.kill()
      await server.kill()
      rmSync(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function writeRepository(folder: string, journal: string): void {
  mkdirSync(folder)
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd: folder,
      env: { PATH, HOME: folder },
    })
  const service = {
    apiVersion: 'signalbox.dev/v1',
    kind: 'Service',
    metadata: { name: 'shop', owner: 'team-a', tier: 3 },
    spec: {
      source: { repository: folder, branch: 'main' },
      path: ['dev'],
      deploy: { target: 'process', run: { argv: ['node', 's.js'], health: '/' } },
    },
  }
  const env = { JOURNAL: journal }
  const tell = job('sleep 0.2')
  const environment = {
    apiVersion: 'signalbox.dev/v1',
    kind: 'Environment',
    metadata: { name: 'dev' },
    spec: { kind: 'development', ports: { from: 22_300, to: 22_310 } },
  }
  const pipeline = {
    apiVersion: 'signalbox.dev/v1',
    kind: 'Pipeline',
    spec: { on: { manual: {} }, defaults: { env }, jobs: JOBS, finally: { jobs: { tell } } },
  }
  git('init', '-q', '-b', 'main', '.')
  writeFileSync(
    join(folder, 'signalbox.yaml'),
    `${[environment, service, pipeline].map((one) => JSON.stringify(one)).join('\n---\n')}\n`,
  )
  git('add', '-A')
  git('commit', '-qm', 'feat: it')
}

async function startServer(data: string, port: number): Promise<Process> {
  const args = ['serve', '--data', data, '--port', String(port), '--runner-slots', '0']
  for (const until = performance.now() + READY_MS; performance.now() < until;) {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => void (said += String(bytes)))
    const ended = once(child, 'exit')
    while (!said.includes('Token ') && child.exitCode === null && child.signalCode === null)
      await sleep(50)
    const kill = async () => {
      child.kill('SIGKILL')
      await ended
    }
    if (child.exitCode === null && child.signalCode === null) return { kill }
    // What the killed one held is not let go of yet: as a supervisor would, again.
    await sleep(500)
  }
  throw new Error('the server does not start any more')
}

/** Without a sandbox: what jobs write down lies outside of their folders. */
function runnerProcess(at: { url: string; data: string; root: string; name: string }): Process {
  const token = readFileSync(join(at.data, 'runner-token'), 'utf8').trim()
  const dir = join(at.root, `runner-${at.name}`)
  const given = { url: at.url, token, name: at.name, dir, slots: 2, sandbox: 'off' }
  const code = `
    const { runRunner } = await import(${JSON.stringify(RUNNER)})
    const { pino } = await import('pino')
    await runRunner({ ...${JSON.stringify(given)}, log: pino({ level: 'silent' }) })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: import.meta.dirname,
    env: { PATH, HOME: at.root },
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  return {
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Its server starts it again. */
async function killDatabase(data: string): Promise<void> {
  const file = join(data, 'database', 'cluster', 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (pid > 1) process.kill(pid, 'SIGKILL')
  await sleep(100)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
