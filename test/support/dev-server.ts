/** A server as people start it, where everybody on this machine is an admin. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const PROGRAM = resolve(import.meta.dirname, '../../bin/signalbox.mjs')

/** `port` 0: any that is free. */
export function startDev(data: string, port: string, ...more: readonly string[]): ChildProcess {
  const args = [PROGRAM, 'serve', '--data', data, '--port', port, '--dev', ...more]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
}

/** Where it answers, as soon as it does. */
export function readyAt(server: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let said = ''
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const url = /ready at (\S+)\n/.exec(said)?.[1]
      if (url !== undefined) done(url)
    })
    server.once('exit', () => fail(new Error(`the server ended too early:\n${said}`)))
  })
}

export async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
}
