/** The demonstration as somebody starts it, left running for whoever looks at its pages. Tests only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'

/** Environments of a demonstration lie a hundred ports apart. */
const STEPS = [0, 100, 200]
const SERVICES = [0, 1, 2]
const PORTS_FROM = { least: 30_000, most: 60_000 } as const

export interface Demo {
  readonly child: ChildProcess
  /** Signs its administrator in, once. */
  readonly link: string
}

/** On ports of its own: somebody else may show it at the same time. */
export async function startDemo(t: TestContext): Promise<Demo> {
  const from = String(await freePorts())
  const args = ['bin/signalbox.mjs', 'demo', '--keep', '--ports-from', from]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(async () => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  })
  return { child, link: await signInLink(child) }
}

/** Its output is read to the end: a pipe that nobody reads would stop the story. */
function signInLink(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    demo.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const link = /The page, live: (\S+)/.exec(said)?.[1]
      if (link !== undefined) resolve(link)
    })
    demo.once('exit', () => reject(new Error(`the demonstration ended too early:\n${said}`)))
  })
}

async function freePorts(): Promise<number> {
  for (let from = PORTS_FROM.least; from < PORTS_FROM.most; from += 10) {
    const wanted = STEPS.flatMap((step) => SERVICES.map((nth) => from + step + nth))
    const free = await Promise.all(wanted.map(isFree))
    if (free.every(Boolean)) return from
  }
  throw new Error('no port is free')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
