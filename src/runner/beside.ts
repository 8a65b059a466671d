/** The services of a job: started in their order, each waited for before the next. */
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { Execution, Executor, Listener } from './executors/execution.ts'
import { STATE } from './executors/supervisor.ts'
import type { JobContext } from './job-context.ts'
import {
  awaitReady,
  ownVariables,
  placeServices,
  stateOf,
  tailOf,
  variablesOf,
} from './services.ts'

export interface Beside {
  /** What the job is told of them. */
  readonly variables: Readonly<Record<string, string>>
  end(): Promise<void>
}

export interface BesideWhat {
  readonly executor: Executor
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Of the command that they run beside. */
  readonly state: string
}

const ALONE: Beside = { variables: {}, end: () => Promise.resolve() }
/** What they print is in their files; nobody follows it. */
const DEAF: Listener = { onOutput: () => {}, onSign: () => {}, onCut: () => {} }

/** Throws what the start of one of them throws, having ended the others. */
export async function startBeside(
  context: JobContext,
  { executor, folder, env, state }: BesideWhat,
): Promise<Beside> {
  const { leased, log, move } = context
  const { services = {}, network } = leased.job
  if (Object.keys(services).length === 0) return ALONE
  if (network === 'none') throw apart()
  const placed = await placeServices(services)
  const variables = variablesOf(placed)
  const started: Execution[] = []
  const end = async () => {
    for (const execution of started) {
      await execution.kill()
      execution.close()
    }
  }
  try {
    for (const one of placed) {
      const { name, service } = one
      const own = { ...env, ...variables, ...ownVariables(one) }
      const line = service.run ?? ''
      const command = { line, env: own, state: stateOf(state, name) }
      const execution = await executor.start(command, DEAF)
      started.push(execution)
      const startedAt = performance.now()
      await awaitReady({ placed: one, execution, cwd: folder, env: own, signal: move.signal })
      const tookMs = Math.round(performance.now() - startedAt)
      const ports = [...one.ports].map(([port, actual]) => `${port} at 127.0.0.1:${actual}`)
      log.say(`service ${name} runs after ${tookMs} ms${ports.map((port) => `, ${port}`).join('')}`)
    }
    return { variables, end }
  } catch (error) {
    await end()
    await sayBeside(context, state)
    throw error
  }
}

/** The end of what each of them printed. */
export async function sayBeside({ leased, log }: JobContext, state: string): Promise<void> {
  for (const name of Object.keys(leased.job.services ?? {})) {
    const lines = await tailOf(join(stateOf(state, name), STATE.output))
    for (const line of lines) log.say(`${name} | ${line}`)
  }
}

function apart(): Fault {
  return new Fault('service.no-network', 'A job without a network cannot reach a service.', {
    remedy: 'Take `network: none` away, or have the job start what it needs itself.',
    retry: false,
  })
}
