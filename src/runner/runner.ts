/**
 * The runner: some slots, each of which asks the server for a job, works it, and asks again. What
 * it holds is on disk: a job outlives a runner that is killed, and the next one in the same folder
 * goes on with it. What is not found there is done again when its lease runs out.
 */
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Fault } from '#kernel/fault.ts'
import { BEAT_MS, type LeasedJob } from '../pipelines/protocol.ts'
import { openBlobCache } from './blob-cache.ts'
import { type JobEnd, leaseJob, makeJobClient, sayFarewell } from './client.ts'
import { SYSTEM_PATH } from './environment.ts'
import type { Kit } from './job-context.ts'
import { sweepContainers } from './executors/docker/docker-executor.ts'
import { type Engine, makeEngine } from './executors/docker/engine.ts'
import { findIsolation, sweepGroups } from './isolation.ts'
import { openInCluster } from './in-cluster.ts'
import { resumeJob, workJob } from './job.ts'
import { type LeftJob, takeFolder } from './leftovers.ts'
import { poolsIn } from './link-pool.ts'
import { placeOfItsOwn } from './place.ts'
import { makeWire, mayHeal, pauseMs, type Wire } from './wire.ts'

/** How long the server may keep a slot waiting for a job: as long as the protocol allows. */
const LEASE_WAIT_MS = 20_000

/** A word on the way out; nobody waits for the answer for long. */
const FAREWELL_MS = 1_000

export type RunnerLog = Pick<Logger, 'info' | 'warn' | 'error'>

export interface RunnerOptions {
  readonly url: string
  readonly token: string
  readonly name: string
  /** Blobs, workspaces and a lock; of this runner alone. */
  readonly dir: string
  /** Jobs at once; one for every core unless told. */
  readonly slots?: number
  readonly log: RunnerLog
  /** Ends the runner: its jobs are ended with grace and handed back to be given out again. */
  readonly signal?: AbortSignal
  /** Ends the runner when its jobs have ended: it takes no more of them. */
  readonly drain?: AbortSignal
  /** `auto` confines jobs with bubblewrap where that works. */
  readonly sandbox?: 'auto' | 'off'
  /** Where jobs find their tools. */
  readonly path?: string
  readonly beatMs?: number
  /** The socket of Docker, for jobs with an image. */
  readonly docker?: string | undefined
  /** What the engine calls the network of jobs that may have one. */
  readonly dockerNetwork?: string
  /** A kubeconfig, or `in-cluster`: jobs with an image are pods there. */
  readonly kubernetes?: string | undefined
  readonly kubernetesNamespace?: string | undefined
  /** A file with what is the same of all pods. */
  readonly kubernetesPod?: string | undefined
  /** What it has beside its platform: jobs that ask for it come here. */
  readonly labels?: readonly string[]
  /** `env:NAME`, `file:/folder/*`: what of this machine jobs may have as secrets. */
  readonly secrets?: readonly string[]
  /** Where `env:` is looked up. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Resolves when the signal has ended it. Throws Fault `runner.token-refused` when the server does
 * not know this runner, `runner.folder-in-use` when `dir` has one already.
 */
export async function runRunner(options: RunnerOptions): Promise<void> {
  const { log, name, signal, slots = availableParallelism() } = options
  const folder = await takeFolder(options.dir)
  const isolation = await findIsolation(folder.root, options.sandbox ?? 'auto')
  sweepGroups(
    isolation,
    folder.left.map(({ workspace }) => workspace.root),
  )
  const docker = await findDocker(options.docker, isolation.prefix, folder.left)
  const kubernetes = await openInCluster(options, folder).catch((error: unknown) => {
    folder.release()
    throw error
  })
  // One slot that cannot go on ends the others too: the fault is the same for all.
  const stop = new AbortController()
  const onAbort = () => stop.abort()
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted === true) onAbort()
  try {
    const blobs = openBlobCache(folder.blobs)
    const wire = makeWire(options.url, options.token)
    const kit: Kit = {
      client: (leased) => makeJobClient(wire, leased),
      place: placeOfItsOwn(folder),
      folder,
      blobs,
      pools: poolsIn(blobs.dir),
      name,
      labels: labelsOf(options, { docker, kubernetes }),
      docker,
      kubernetes,
      dockerNetwork: options.dockerNetwork ?? 'bridge',
      path: options.path ?? SYSTEM_PATH,
      isolation,
      beatMs: options.beatMs ?? BEAT_MS,
      secretRules: {
        allowed: options.secrets ?? [],
        environment: options.environment ?? {},
      },
      stop: stop.signal,
      rest: AbortSignal.any([stop.signal, ...(options.drain === undefined ? [] : [options.drain])]),
    }
    const { left } = folder
    const bounds = isolation.cgroups === undefined ? 'none' : `cgroup v${isolation.cgroups.version}`
    const able = { sandbox: isolation.isSandboxed, bounds, docker: docker !== undefined }
    const where = kubernetes === undefined ? {} : { kubernetes: kubernetes.cluster.namespace }
    log.info({ runner: name, slots, ...able, ...where, left: left.length }, 'runner ready')
    const work = (_: unknown, slot: number) =>
      // A job that was left takes a slot; beyond their number it gets one for its own time.
      workSlot({ kit, wire, log, left: left[slot], isLasting: slot < slots }).catch(
        (error: unknown) => {
          stop.abort()
          throw error
        },
      )
    const count = Math.max(slots, left.length)
    const ends = await Promise.allSettled(Array.from({ length: count }, work))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    // A server that is away will find out by itself.
    await sayFarewell(wire, name, AbortSignal.timeout(FAREWELL_MS)).catch(() => undefined)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    folder.release()
  }
}

function labelsOf({ labels = [] }: RunnerOptions, able: object): string[] {
  const engines = Object.entries(able).flatMap(([name, is]) => (is === undefined ? [] : [name]))
  return [...new Set([process.platform, process.arch, ...engines, ...labels])]
}

/** One that does not answer is none: it is looked for once. */
async function findDocker(
  socket: string | undefined,
  prefix: string,
  left: readonly LeftJob[],
): Promise<Engine | undefined> {
  const engine = socket === undefined ? undefined : makeEngine(socket)
  if (engine === undefined || !(await engine.isThere())) return undefined
  await sweepContainers(
    engine,
    prefix,
    left.filter((job) => job.isWhole).map((job) => job.workspace.state),
  )
  return engine
}

interface Slot {
  readonly kit: Kit
  readonly wire: Wire
  readonly log: RunnerLog
  readonly left: LeftJob | undefined
  readonly isLasting: boolean
}

async function workSlot({ kit, wire, log, left, isLasting }: Slot): Promise<void> {
  if (left !== undefined) await resumeLeft(kit, log, left)
  for (let failures = 0; isLasting && !kit.rest.aborted;) {
    try {
      const leased = await leaseJob(wire, kit, LEASE_WAIT_MS, kit.rest)
      failures = 0
      if (leased === undefined) continue
      const about = aboutJob(leased)
      log.info(about, 'job leased')
      tell(log, about, await workJob(kit, leased))
      kit.blobs.pruneIfGrown()
    } catch (error) {
      if (kit.rest.aborted) return
      if (error instanceof Fault && error.code === 'runner.token-refused') throw error
      const pause = pauseMs(failures++)
      log.warn({ err: error, pauseMs: pause, heals: mayHeal(error) }, 'slot could not work')
      await delay(pause, undefined, { signal: kit.rest }).catch(() => undefined)
    }
  }
}

async function resumeLeft(kit: Kit, log: RunnerLog, left: LeftJob): Promise<void> {
  const about = aboutJob(left.journal.leased)
  log.info({ ...about, runs: left.isWhole }, 'job found again')
  try {
    tell(log, about, await resumeJob(kit, left))
  } catch (error) {
    if (error instanceof Fault && error.code === 'runner.token-refused') throw error
    // Its lease runs out, and the job is given out again.
    log.warn({ ...about, err: error }, 'job could not be gone on with')
  }
}

const aboutJob = ({ run, job, attempt }: LeasedJob) => ({ run, job: job.name, attempt })

function tell(log: RunnerLog, about: object, end: JobEnd | undefined): void {
  if (end === undefined) log.warn(about, 'job dropped')
  else log.info({ ...about, outcome: end.outcome, reason: end.reason }, 'job finished')
}
