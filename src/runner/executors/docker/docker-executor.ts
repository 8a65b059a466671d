/**
 * The commands of a job in containers. A container outlives its runner by itself, and the engine
 * keeps what it prints; so the next runner finds it by its name and hears it from the first byte.
 */
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import type { JobResources } from '../../../pipelines/events.ts'
import type { CommandExit, Execution, Executor, Listener, ShellLine } from '../execution.ts'
import { KEPT_BYTES_MAX } from '../supervisor.ts'
import type { ContainerState, Engine } from './engine.ts'
import { makeUnframer } from './frames.ts'

/** Whose it is, and of which job: how leftovers are found. */
export const RUNNER_LABEL = 'signalbox.runner'
export const JOB_LABEL = 'signalbox.job'
/** Twice of what is kept here: a container that prints on must not fill the disk. Not `json-file`,
 * which keeps text and spoils all else. */
const KEPT = {
  docker: {
    Type: 'local',
    Config: { 'max-size': `${2 * KEPT_BYTES_MAX}`, 'max-file': '1', compress: 'false' },
  },
  podman: { Type: 'k8s-file', Config: { 'max-size': `${2 * KEPT_BYTES_MAX}` } },
} as const
const DRAIN_MS_MAX = 5_000

export interface DockerPlace {
  readonly engine: Engine
  /** Of the runner: begins the names of all of its containers. */
  readonly prefix: string
  readonly image: string
  readonly workspace: string
  readonly folder: string
  /** `none`, or what the operator's engine calls its network. */
  readonly network: string
  readonly resources: JobResources
}

export function dockerExecutor(place: DockerPlace): Executor {
  const { engine, prefix, image } = place
  return {
    async start(command, listener) {
      if ((await engine.digestOf(image)) === undefined) await engine.pull(image)
      const name = nameOf(prefix, command.state)
      const { line, env } = command
      const kept = KEPT[await engine.kind()]
      const id = await engine.create(name, configOf(place, name, { line, env, kept }))
      try {
        await engine.start(id)
      } catch (error) {
        await engine.remove(id)
        throw error
      }
      return executionOf(engine, id, listener)
    },
    async adopt(state, listener) {
      const found = await engine.state(nameOf(prefix, state))
      if (found === undefined) throw lostContainer()
      return executionOf(engine, found.id, listener)
    },
  }
}

/** Removes what earlier runners in this folder left, but for jobs that are gone on with. */
export async function sweepContainers(
  engine: Engine,
  prefix: string,
  kept: readonly string[],
): Promise<void> {
  const names = new Set(kept.map((state) => basename(state)))
  for (const { name, value } of await engine.named(`${RUNNER_LABEL}=${prefix}`, JOB_LABEL))
    if (!names.has(value)) await engine.remove(name)
}

/** What it writes to the workspace has to be removed by this process. */
export const configuredAs = () => ({
  User: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
})

/** All of one job that is over: its services stay when their runner dies before it. */
export async function removeContainers(
  engine: Engine,
  prefix: string,
  state: string,
): Promise<void> {
  for (const { name, value } of await engine.named(`${RUNNER_LABEL}=${prefix}`, JOB_LABEL))
    if (value === basename(state)) await engine.remove(name)
}

const nameOf = (prefix: string, state: string) => prefix + basename(state)

function configOf(
  place: DockerPlace,
  name: string,
  { line, env, kept }: Pick<ShellLine, 'line' | 'env'> & { readonly kept: object },
): object {
  const { image, workspace, folder, network, prefix, resources } = place
  const { memoryBytes, cpu, pids } = resources
  return {
    Image: image,
    // One pipe for both, or their order is lost in the engine.
    Entrypoint: ['/bin/sh', '-c', 'exec "$@" 2>&1', 'job'],
    Cmd: ['/bin/sh', '-eu', '-c', line],
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    WorkingDir: folder,
    ...configuredAs(),
    Labels: { [RUNNER_LABEL]: prefix, [JOB_LABEL]: name.slice(prefix.length) },
    HostConfig: {
      Binds: [`${workspace}:${workspace}`],
      NetworkMode: network,
      LogConfig: kept,
      SecurityOpt: ['no-new-privileges'],
      ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(cpu === undefined ? {} : { NanoCpus: Math.round(cpu * 1e9) }),
      ...(pids === undefined ? {} : { PidsLimit: pids }),
    },
  }
}

export function executionOf(engine: Engine, id: string, listener: Listener): Execution {
  const stop = new AbortController()
  let kept = 0
  const unframe = makeUnframer((chunk) => {
    listener.onSign()
    if (kept < KEPT_BYTES_MAX) listener.onOutput(chunk)
    kept += chunk.length
    if (kept >= KEPT_BYTES_MAX) listener.onCut()
  })
  const told = engine.logs(id, unframe, stop.signal).catch(() => undefined)
  const end = async (): Promise<CommandExit> => {
    await engine.wait(id, stop.signal)
    const state = await engine.state(id)
    if (state === undefined) throw lostContainer()
    return exitOf(state)
  }
  const ended = end()
  ended.catch(() => undefined)
  const isRunning = async () => (await engine.state(id))?.isRunning === true
  return {
    ended,
    isRunning,
    async terminate() {
      // The first process hears it only if it listens, and its children never: they are told too.
      await engine.signal(id, 'SIGTERM')
      await engine.run(id, ['/bin/sh', '-c', 'kill -TERM -1']).catch(() => undefined)
    },
    async kill() {
      await engine.signal(id, 'SIGKILL')
      await Promise.race([ended.catch(() => undefined), delay(DRAIN_MS_MAX)])
      return !(await isRunning())
    },
    async drain() {
      await Promise.race([told, delay(DRAIN_MS_MAX)])
      await engine.remove(id)
    },
    close: () => stop.abort(),
  }
}

const exitOf = ({ exitCode, isOutOfMemory }: ContainerState): CommandExit => ({
  exitCode,
  isOutOfMemory,
})

function lostContainer(): Fault {
  return new Fault('containers.gone', 'The container of this job is gone.', {
    remedy: 'Nothing: the job is given out again.',
    retry: false,
  })
}
