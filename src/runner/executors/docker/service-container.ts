/**
 * A service of an image beside a job. All containers of one job share the network of the first, so
 * that they find each other by name and at the ports they are used to; a job that is a process of
 * the machine reaches them at free ports of its own.
 */
import { appendFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Execution } from '../execution.ts'
import { STATE } from '../supervisor.ts'
import { configuredAs, executionOf, JOB_LABEL, RUNNER_LABEL } from './docker-executor.ts'
import type { Engine } from './engine.ts'

/** What is kept of what it prints: the end is shown when the job fails. */
const KEPT_BYTES = 1024 * 1024

export interface ServicePlace {
  readonly engine: Engine
  readonly prefix: string
  /** Of the job: whatever is labelled by it goes when it goes. */
  readonly jobState: string
  readonly network: string
}

export interface ServiceSpec {
  readonly image: string
  /** Absent: what the image does by itself. */
  readonly line?: string | undefined
  readonly env: Readonly<Record<string, string>>
  /** Declared to the one on this machine; empty when the job is in the same network. */
  readonly published: ReadonlyMap<number, number>
  /** Names that all containers of the job know. */
  readonly hosts: readonly string[]
  readonly workspace?: { readonly root: string; readonly folder: string } | undefined
  /** Where what it prints is kept. */
  readonly state: string
}

export interface ServiceContainer {
  readonly id: string
  readonly execution: Execution
  /** Where it can be reached from this machine; undefined: only from inside. */
  readonly address: string | undefined
  /** Whether a command inside comes to a good end. */
  succeeds(line: string): Promise<boolean>
}

export async function startService(
  { engine, prefix, jobState, network }: ServicePlace,
  spec: ServiceSpec,
): Promise<ServiceContainer> {
  const { image, line, env, published, hosts, workspace, state } = spec
  if ((await engine.digestOf(image)) === undefined) await engine.pull(image)
  const job = basename(jobState)
  const isOwn = !network.startsWith('container:')
  const ports = [...published].map(([declared, actual]) => [`${declared}/tcp`, actual] as const)
  const config = {
    Image: image,
    ...(line !== undefined && { Entrypoint: ['/bin/sh'], Cmd: ['-eu', '-c', line] }),
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    Labels: { [RUNNER_LABEL]: prefix, [JOB_LABEL]: job },
    ExposedPorts: Object.fromEntries(ports.map(([port]) => [port, {}])),
    ...(workspace !== undefined && { WorkingDir: workspace.folder, ...configuredAs() }),
    HostConfig: {
      NetworkMode: network,
      SecurityOpt: ['no-new-privileges'],
      ...(workspace !== undefined && { Binds: [`${workspace.root}:${workspace.root}`] }),
      ...(isOwn && network !== 'host' && { ExtraHosts: hosts.map((host) => `${host}:127.0.0.1`) }),
      PortBindings: Object.fromEntries(
        ports.map(([port, actual]) => [port, [{ HostIp: '127.0.0.1', HostPort: `${actual}` }]]),
      ),
    },
  }
  const id = await engine.create(`${prefix}${job}-${basename(state)}`, config)
  try {
    await engine.start(id)
  } catch (error) {
    await engine.remove(id)
    throw error
  }
  let kept = 0
  const onOutput = (chunk: Buffer) => {
    if (kept < KEPT_BYTES) appendFileSync(join(state, STATE.output), chunk)
    kept += chunk.length
  }
  const listener = { onOutput, onSign: () => {}, onCut: () => {} }
  return {
    id,
    execution: executionOf(engine, id, listener),
    address: (await engine.state(id))?.address,
    // It may have ended meanwhile, which is found out elsewhere.
    succeeds: (command) =>
      engine.exec(id, ['/bin/sh', '-c', command]).then(
        (exitCode) => exitCode === 0,
        () => false,
      ),
  }
}

/** A line that asks, inside its network, whether somebody listens at the port. */
export function listensAt(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ':${hex} [0-9A-F:]* 0A'`
}

/** The same for an answer by HTTP, with whichever tool the image has. */
export function answersAt(port: number, path: string): string {
  const url = `'http://127.0.0.1:${port}${path.replaceAll("'", '%27')}'`
  return `wget -q -O /dev/null ${url} || curl -fs -o /dev/null ${url}`
}
