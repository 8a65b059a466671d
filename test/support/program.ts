/**
 * The program as people run it: a server that may be killed and started again at its address, and
 * the command line beside it. Tests only.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { until } from './until.ts'

const PROGRAM = resolve(import.meta.dirname, '..', '..', 'bin', 'signalbox.mjs')
const PATH = process.env['PATH'] ?? ''

export interface Ended {
  readonly exit: number
  readonly out: string
  readonly err: string
}

export class Program {
  readonly root: string
  readonly data: string
  readonly tokens: Record<string, string> = {}
  #port = 0
  #kill = async () => {}

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'sb-'))
    // As root the database runs as another user, who must be able to walk in.
    chmodSync(this.root, 0o711)
    this.data = join(this.root, 'data')
  }

  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const args = ['serve', '--data', this.data, '--port', String(this.#port), '--runner-slots', '1']
    const server = spawn(process.execPath, [PROGRAM, ...args], { env: { PATH, ...environment } })
    let said = ''
    server.stdout.on('data', (bytes: Buffer) => void (said += String(bytes)))
    // Unread, it would stand still when the pipe is full.
    server.stderr.resume()
    this.#kill = async () => {
      if (server.exitCode !== null || server.signalCode !== null) return
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
    }
    await until('the server is ready', () => said.includes('Token '), 60_000)
    this.#port = Number(/ready at \S+:(\d+)/.exec(said)?.[1])
  }

  /** Without a word: it has no time to put anything in order. */
  kill(): Promise<void> {
    return this.#kill()
  }

  /** As that actor, by the token that is kept of it; else as the admin. */
  cli(
    who: string,
    argv: readonly string[],
    spool = join(this.root, `spool-${who}`),
    at: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
  ) {
    const env = {
      PATH,
      HOME: this.root,
      SIGNALBOX_URL: `http://127.0.0.1:${this.#port}`,
      SIGNALBOX_SPOOL: spool,
      SIGNALBOX_TOKEN:
        this.tokens[who] ?? readFileSync(join(this.data, 'admin-token'), 'utf8').trim(),
      ...at.env,
    }
    return new Promise<Ended>((done) => {
      execFile(process.execPath, [PROGRAM, ...argv], { env, cwd: at.cwd }, (error, out, err) =>
        done({ exit: typeof error?.code === 'number' ? error.code : 0, out, err }),
      )
    })
  }

  async json(who: string, ...argv: string[]) {
    return JSON.parse((await this.cli(who, [...argv, '-o', 'json'])).out)
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async ask(path: string) {
    const token = readFileSync(join(this.data, 'admin-token'), 'utf8').trim()
    const url = `http://127.0.0.1:${this.#port}/api/v1${path}`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    return answer.json()
  }

  /** Server, services and folder. */
  async dispose(): Promise<void> {
    await this.kill()
    execFileSync(process.execPath, [PROGRAM, 'stop-target', '--data', this.data], {
      env: { PATH, HOME: this.root },
    })
    // Unpacked artifacts are read-only, which not everybody who runs tests may ignore.
    execFileSync('chmod', ['-R', 'u+w', this.root])
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 })
  }
}
