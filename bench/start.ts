/** From nothing to ready, and from a data folder to ready: the whole program, as users start it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Figures, percentile } from './figures.ts'

const PROGRAM = fileURLToPath(new URL('../bin/signalbox.mjs', import.meta.url))
const WARM_STARTS = 5

export async function run(): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  chmodSync(folder, 0o711)
  try {
    const first = await startOnce(join(folder, 'data'))
    const warm: Awaited<ReturnType<typeof startOnce>>[] = []
    for (let i = 0; i < WARM_STARTS; i++) warm.push(await startOnce(join(folder, 'data')))
    const of = (pick: (start: (typeof warm)[number]) => number) => percentile(warm.map(pick), 0.5)
    return {
      'first start to ready': { value: first.readyMs, unit: 'ms' },
      'warm start to ready': { value: of((s) => s.readyMs), unit: 'ms', goal: '<= 1000' },
      stop: { value: of((s) => s.stopMs), unit: 'ms' },
      'server memory (RSS)': { value: of((s) => s.rssMb), unit: 'MB', goal: '<= 200' },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startOnce(dataDir: string) {
  const startedAt = performance.now()
  // Without the bundled runner, which is a process of its own and starts beside the server.
  const args = ['serve', '--data', dataDir, '--port', '0', '--runner-slots', '0']
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
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
