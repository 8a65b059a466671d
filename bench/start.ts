/**
 * From nothing to ready, and from a data folder to ready: the whole program, as users start it.
 * From its sources too, in turn with the bundle, so that both meet the same machine.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildServer } from '../tools/build-server.ts'
import { type Figures, percentile } from './figures.ts'

const ROOT = resolve(import.meta.dirname, '..')
const BUNDLED = join(ROOT, 'bin', 'signalbox.mjs')
/** What the program falls back to; it is never bundled when it is started like this. */
const SOURCES = join(ROOT, 'src', 'main.ts')
const WARM_STARTS = 5

export async function run(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  chmodSync(folder, 0o711)
  try {
    await buildServer(ROOT)
    const start = (program: string) => startOnce(program, folder)
    const first = await start(BUNDLED)
    // Fills the compile cache, which the bundle's first start has filled for itself.
    await start(SOURCES)
    const warm: Start[] = []
    const fromSources: Start[] = []
    for (let i = 0; i < WARM_STARTS; i++) {
      warm.push(await start(BUNDLED))
      fromSources.push(await start(SOURCES))
    }
    const of = (pick: (start: Start) => number, starts = warm) => percentile(starts.map(pick), 0.5)
    return {
      'first start to ready': { value: first.readyMs, unit: 'ms' },
      'warm start to ready': { value: of((s) => s.readyMs), unit: 'ms', goal: '<= 1000' },
      'the same from its sources': { value: of((s) => s.readyMs, fromSources), unit: 'ms' },
      stop: { value: of((s) => s.stopMs), unit: 'ms' },
      'server memory (RSS)': { value: of((s) => s.rssMb), unit: 'MB', goal: '<= 200' },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Start {
  readonly readyMs: number
  readonly rssMb: number
  readonly stopMs: number
}

async function startOnce(program: string, folder: string): Promise<Start> {
  const startedAt = performance.now()
  // Without the bundled runner, which is a process of its own and starts beside the server.
  const dataDir = join(folder, 'data')
  const args = ['serve', '--data', dataDir, '--port', '0', '--runner-slots', '0']
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // Both ways with the compile cache, which bin/signalbox.mjs turns on by itself.
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  })
  const url = await readyAt(child)
  for (;;) {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined)
    if (ready?.ok) break
    await sleep(5)
  }
  const readyMs = performance.now() - startedAt
  await sleep(500)
  const rssMb = Number(/VmRSS:\s+(\d+)/.exec(statusOf(child))?.[1] ?? Number.NaN) / 1024
  const stopAt = performance.now()
  child.kill('SIGTERM')
  await once(child, 'exit')
  return { readyMs, rssMb, stopMs: performance.now() - stopAt }
}

const statusOf = ({ pid }: ChildProcess) => readFileSync(`/proc/${pid}/status`, 'utf8')

async function readyAt(child: ChildProcess): Promise<string> {
  let said = ''
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk)
    const url = /ready at (\S+)\n/.exec(said)?.[1]
    if (url !== undefined) return url
  }
  throw new Error(`the server ended before it was ready: ${said}`)
}
