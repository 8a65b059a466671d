/** The server of the story: the program itself, started as a user would, on a folder of its own. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Api, makeApi } from '#cli/api.ts'
import { Fault } from '#kernel/fault.ts'

/** First start: a database is made, which takes a second on a quiet machine. */
const START_MS = 60_000
const STOP_MS = 40_000

export interface DemoServer {
  readonly url: string
  /** Signs the admin in, once. */
  readonly signIn: string
  readonly admin: Api
  as(token: string): Api
  readonly logFile: string
  stop(): Promise<void>
}

/** @param program the file that starts every role. */
export async function startServer(
  dataDir: string,
  path: string,
  program: string,
): Promise<DemoServer> {
  const logFile = `${dataDir}.log`
  const child = spawn(process.execPath, [program, 'serve', '--data', dataDir, '--port', '0'], {
    env: { PATH: path, HOME: dataDir },
    stdio: ['ignore', 'pipe', openSync(logFile, 'w')],
    // Ctrl-C is for the demonstration, which then ends it in order.
    detached: true,
  })
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const deadline = performance.now() + START_MS
  while (!said.includes('Token ')) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Fault('demo.no-server', `The server did not start.\n${lastLines(logFile)}`, {
        remedy: `Its log is ${logFile}.`,
        retry: false,
      })
    await sleep(20)
  }
  const url = /ready at (\S+)/.exec(said)?.[1] ?? ''
  const signIn = /Sign in\s+(\S+)/.exec(said)?.[1] ?? url
  const token = readFileSync(join(dataDir, 'admin-token'), 'utf8').trim()
  return {
    url,
    signIn,
    logFile,
    admin: makeApi(url, token),
    as: (other) => makeApi(url, other),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
        await ended
        clearTimeout(timer)
      }
      // The services outlive a server on purpose; a demonstration leaves nothing behind.
      await promisify(execFile)(process.execPath, [program, 'stop-target', '--data', dataDir], {
        env: { PATH: path, HOME: dataDir },
      })
    },
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')
}
