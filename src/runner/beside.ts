/** The services of a job: started in their order, each waited for before the next. */
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { Execution, Executor, Listener } from './executors/execution.ts'
import {
  answersAt,
  listensAt,
  type ServiceContainer,
  startService,
} from './executors/docker/service-container.ts'
import { STATE } from './executors/supervisor.ts'
import type { JobContext } from './job-context.ts'
import {
  answersHttp,
  answersTcp,
  awaitReady,
  ownVariables,
  type Placed,
  placedInside,
  placeOf,
  placeServices,
  stateOf,
  tailOf,
  variablesOf,
} from './services.ts'

export interface Beside {
  /** What the job is told of them. */
  readonly variables: Readonly<Record<string, string>>
  /** Where the command itself runs, now that they are there. */
  readonly executor: Executor
  end(): Promise<void>
}

export interface BesideWhat {
  readonly executor: Executor
  /** The same in the network of a container. */
  join(network: string): Executor
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Of the command that they run beside. */
  readonly state: string
}

/** What they print is in their files; nobody follows it. */
const DEAF: Listener = { onOutput: () => {}, onSign: () => {}, onCut: () => {} }

/** Throws what the start of one of them throws, having ended the others. */
export async function startBeside(context: JobContext, what: BesideWhat): Promise<Beside> {
  const { leased, log } = context
  const { services = {}, network, image } = leased.job
  const alone = { variables: {}, executor: what.executor, end: () => Promise.resolve() }
  if (Object.keys(services).length === 0) return alone
  if (network === 'none' && image === undefined) throw apart()
  if (image !== undefined && context.kit.kubernetes !== undefined) throw elsewhere()
  const isInside = image !== undefined || context.kit.dockerNetwork === 'host'
  const isOfProcesses = Object.values(services).every((one) => one.image === undefined)
  const placed =
    isInside && !(isOfProcesses && image === undefined)
      ? placedInside(services)
      : await placeServices(services)
  const variables = variablesOf(placed)
  const started: Execution[] = []
  let executor = what.executor
  let holder: string | undefined
  const end = async () => {
    for (const execution of started) {
      await execution.kill()
      await execution.drain()
      execution.close()
    }
  }
  try {
    for (const one of placed) {
      const { name, service } = one
      const env = { ...what.env, ...variables, ...ownVariables(one) }
      const startedAt = performance.now()
      const isContainer = image !== undefined || service.image !== undefined
      if (isContainer) {
        const hosts = placed.map((each) => each.name)
        const container = await startContainer(context, what, { one, hosts, holder, variables })
        started.push(container.execution)
        holder ??= `container:${container.id}`
        if (image !== undefined) executor = what.join(holder)
        const asked = asker(container, one, image !== undefined)
        await ready(context, { one, what, env, execution: container.execution, asked })
      } else {
        const command = { line: service.run ?? '', env, state: stateOf(what.state, name) }
        const execution = await what.executor.start(command, DEAF)
        started.push(execution)
        await ready(context, { one, what, env, execution })
      }
      const tookMs = Math.round(performance.now() - startedAt)
      const ports = [...one.ports].map(([port, actual]) => `${port} at 127.0.0.1:${actual}`)
      log.say(`service ${name} runs after ${tookMs} ms${ports.map((port) => `, ${port}`).join('')}`)
    }
    return { variables, executor, end }
  } catch (error) {
    await sayBeside(context, what.state)
    await end()
    throw error
  }
}

interface Starting {
  readonly one: Placed
  readonly hosts: readonly string[]
  readonly holder: string | undefined
  readonly variables: Readonly<Record<string, string>>
}

function startContainer(
  { kit, leased, workspace }: JobContext,
  { env, folder, state }: BesideWhat,
  { one, hosts, holder, variables }: Starting,
): Promise<ServiceContainer> {
  const { docker: engine, dockerNetwork, isolation } = kit
  if (engine === undefined) throw noEngine()
  const { name, service, ports } = one
  const { image: jobImage, network: wanted } = leased.job
  const own = wanted === 'none' ? 'none' : dockerNetwork
  const isInside = jobImage !== undefined
  const network = isInside ? (holder ?? own) : own
  const place = { engine, prefix: isolation.prefix, jobState: state, network }
  // A line of the pipeline's own runs where the job does; an image brings what it needs.
  const isLine = service.run !== undefined
  const given = isLine ? { ...env, ...variables, ...ownVariables(one) } : service.env
  return startService(place, {
    image: service.image ?? jobImage ?? '',
    line: service.run,
    env: given,
    published: isInside || network === 'host' ? new Map() : ports,
    hosts,
    workspace: isLine ? { root: workspace.root, folder } : undefined,
    state: stateOf(state, name),
  })
}

/** From inside, where this machine cannot reach it; undefined: as if it were a process. */
function asker(container: ServiceContainer, { service }: Placed, isInside: boolean) {
  const { ready: way } = service
  if (way?.cmd !== undefined) return () => container.succeeds(way.cmd ?? '')
  if (!isInside) return undefined
  const { address } = container
  if (way?.tcp !== undefined) {
    const { tcp } = way
    if (address !== undefined) return () => answersTcp(tcp, address)
    return () => container.succeeds(listensAt(tcp))
  }
  if (way?.http === undefined) return undefined
  const { port, path } = placeOf(way.http)
  if (address !== undefined) return () => answersHttp(port, path, address)
  return () => container.succeeds(answersAt(port, path))
}

interface Asking {
  readonly one: Placed
  readonly what: BesideWhat
  readonly env: Readonly<Record<string, string>>
  readonly execution: Execution
  readonly asked?: (() => Promise<boolean>) | undefined
}

function ready({ move }: JobContext, { one, what, env, execution, asked }: Asking): Promise<void> {
  const about = { placed: one, execution, cwd: what.folder, env, signal: move.signal }
  return awaitReady(asked === undefined ? about : { ...about, isReady: asked })
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

function elsewhere(): Fault {
  return new Fault('service.not-in-cluster', 'Beside a pod of a cluster no services are started.', {
    remedy: 'Give the job the label `docker`, or have it use a service that the cluster has.',
    retry: false,
  })
}

export function noEngine(): Fault {
  return new Fault('runner.no-containers', 'This runner has no container engine.', {
    remedy:
      'Start Docker on it and name its socket, or give the job a label of a runner that has one.',
    retry: false,
  })
}
