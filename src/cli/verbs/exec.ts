/**
 * exec: one job of the pipeline here, on this machine, with what the CI system that calls it cannot
 * do: again after a failure, an end to silence, the whole process group asked before it is killed,
 * no network.
 */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type CliContext, EXIT } from '../context.ts'
import { clean, dim, red } from '../output.ts'
import type { LocalJob } from '../paved.ts'
import type { AddVerbs, Roles } from '../program.ts'
import { repositoryAt } from '../repository.ts'

export const addExec = (roles: Pick<Roles, 'paved'>): AddVerbs =>
  function add(program, run) {
    program
      .command('exec')
      .description('run one job of the pipeline here, as generated CI files do')
      .argument('<job>', 'by its name')
      .option('--file <manifest>', 'instead of signalbox.yaml here')
      .action((name: string, flags: { file?: string }) =>
        run(async (context) => {
          const repository = repositoryAt(flags.file)
          const answer = (await roles.paved()).jobIn(repository, name)
          if ('job' in answer)
            return attempts(context, answer.job, dirname(join(repository.root, repository.file)))
          const { io } = context
          for (const { file, line, column, message, remedy } of answer.problems)
            io.err(`${clean(file)}:${line}:${column}  ${clean(message)} ${clean(remedy)}\n`)
          return EXIT.refused
        }),
      )
  }

interface End {
  readonly code: number
  readonly reason: string
}

async function attempts({ io, environment }: CliContext, job: LocalJob, folder: string) {
  const { max = 0, on = [], fromMs = 0, toMs = 0 } = job.retry ?? {}
  for (let attempt = 0; ; attempt++) {
    const end = await once(job, folder, environment)
    if (end.code === 0) return EXIT.done
    io.err(`${red('failed', io)}  ${job.name}: ${end.reason}\n`)
    if (attempt >= max || !on.includes(end.reason)) return end.code
    const waitMs = Math.min(toMs, fromMs * 2 ** attempt)
    io.err(`${dim(`again in ${Math.ceil(waitMs / 1000)} s, ${attempt + 1} of ${max}`, io)}\n`)
    await wait(waitMs)
  }
}

/** What `timeout(1)` exits with. */
const TIMED_OUT = 124

function once(job: LocalJob, folder: string, environment: CliContext['environment']): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>()
  const line = ['/bin/sh', '-eu', '-c', job.run]
  const [command = '', ...args] =
    job.network === 'none' ? ['unshare', '--map-root-user', '--net', ...line] : line
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...job.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what it starts is ended with it.
    detached: true,
  })
  let reason: string | undefined
  const signal = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, name)
    } catch {
      // Nobody is left.
    }
  }
  let killer: NodeJS.Timeout | undefined
  const end = (why: string) => {
    reason ??= why
    signal('SIGTERM')
    killer ??= setTimeout(() => signal('SIGKILL'), job.graceMs)
  }
  const wall = setTimeout(() => end('timeout.wall'), job.timeoutMs)
  const silence = setTimeout(() => end('timeout.idle'), job.idleMs)
  const stopped = () => end('cancelled.by')
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stopped)
  child.stdout.on('data', () => silence.refresh()).pipe(process.stdout, { end: false })
  child.stderr.on('data', () => silence.refresh()).pipe(process.stderr, { end: false })
  const settle = (last: End) => {
    for (const timer of [wall, silence, killer]) clearTimeout(timer)
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stopped)
    signal('SIGKILL')
    resolve(last)
  }
  child.once('error', () => settle({ code: 127, reason: 'infra.setup' }))
  child.once('close', (code, killedBy) => {
    if (reason !== undefined) settle({ code: TIMED_OUT, reason })
    else if (killedBy !== null) settle({ code: 1, reason: 'signal' })
    else settle({ code: code ?? 1, reason: 'script' })
  })
  return promise
}
