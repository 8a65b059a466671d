/** A server of its own with nothing on it, and a browser that looks at it. Tests only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { CHROMIUM } from './browser.ts'

export interface Served {
  /** A folder that is gone when the test is over; the data lie in it. */
  readonly folder: string
  readonly url: string
  /** Ends it, and starts it again where it was. */
  restart(): Promise<void>
}

/** Whoever comes is signed in. */
export async function serve(t: TestContext): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-e2e-'))
  // As root the database runs as another user, who must be able to walk in.
  chmodSync(folder, 0o711)
  const data = join(folder, 'data')
  let server = start(data, '0')
  t.after(async () => {
    await end(server)
    rmSync(folder, { recursive: true, force: true })
  })
  const url = await readyAt(server)
  return {
    folder,
    url,
    async restart() {
      await end(server)
      server = start(data, new URL(url).port)
      await readyAt(server)
    },
  }
}

function start(data: string, port: string): ChildProcess {
  const args = ['bin/signalbox.mjs', 'serve', '--data', data, '--port', port, '--dev']
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
}

function readyAt(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const url = /ready at (\S+)\n/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
    server.once('exit', () => reject(new Error(`the server ended too early:\n${said}`)))
  })
}

export async function openBrowser(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox'],
  })
  t.after(() => browser.close())
  return browser
}
