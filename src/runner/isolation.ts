/**
 * How far this machine can keep a job from itself and from others, found out once when a runner
 * starts, and what that makes of one job. What a job asks for and cannot have is an error, but for
 * bounds: those are said to be missing, for a job without them still does the same.
 */
import { hash } from 'node:crypto'
import { basename } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { Hermeticity, JobResources, JobSpec } from '../pipelines/events.ts'
import {
  type Cgroup,
  type Cgroups,
  findCgroups,
  listsOf,
  makeCgroup,
  oomKillsOf,
  removeCgroups,
} from './executors/cgroup.ts'
import { canWatchDisk } from './disk-watch.ts'
import { hasSandbox } from './sandbox.ts'

export interface Isolation {
  /** Whether bubblewrap works here and is wanted. */
  readonly isSandboxed: boolean
  readonly cgroups: Cgroups | undefined
  /** Begins the name of every group of this runner: others are not its to remove. */
  readonly prefix: string
}

export async function findIsolation(root: string, sandbox: 'auto' | 'off'): Promise<Isolation> {
  return {
    isSandboxed: sandbox === 'auto' && (await hasSandbox()),
    cgroups: findCgroups(),
    prefix: `signalbox-${hash('sha256', root, 'hex').slice(0, 12)}-`,
  }
}

/** L0: a process like others. L1: it sees its workspace and a read-only system. L2: no network. */
export function hermeticityOf(job: JobSpec, isSandboxed: boolean): Hermeticity {
  if (!isSandboxed && job.image === undefined) return 'L0'
  return job.network === 'none' ? 'L2' : 'L1'
}

/** Throws Fault `runner.no-network-isolation`. */
export function checkIsolation({ isSandboxed }: Isolation, job: JobSpec): void {
  if (job.network !== 'none' || isSandboxed || job.image !== undefined) return
  throw new Fault('runner.no-network-isolation', 'This runner cannot take the network away.', {
    remedy: 'Install bubblewrap on it, give the job an `image`, or a label of a runner that can.',
    retry: false,
  })
}

/** The files that its processes are listed in, and what could not be bounded. */
export function boundJob(
  { cgroups, prefix }: Isolation,
  workspace: string,
  resources: JobResources = {},
): { readonly lists: readonly string[]; readonly unbounded: readonly (keyof JobResources)[] } {
  const none: Cgroup = { lists: [], bounded: [] }
  const { lists, bounded } =
    cgroups === undefined ? none : makeCgroup(cgroups, prefix + basename(workspace), resources)
  const asked = (Object.keys(resources) as (keyof JobResources)[]).filter(
    (key) => resources[key] !== undefined && !(key === 'diskBytes' && canWatchDisk()),
  )
  return { lists, unbounded: asked.filter((key) => !bounded.includes(key)) }
}

export function listsOfJob({ cgroups, prefix }: Isolation, workspace: string): readonly string[] {
  return cgroups === undefined ? [] : listsOf(cgroups, prefix + basename(workspace))
}

export function ranOutOfMemory({ cgroups, prefix }: Isolation, workspace: string): boolean {
  return cgroups !== undefined && oomKillsOf(cgroups, prefix + basename(workspace)) > 0
}

/** Of jobs that are over. */
export function sweepGroups({ cgroups, prefix }: Isolation, kept: readonly string[]): void {
  if (cgroups === undefined) return
  const names = new Set(kept.map((workspace) => prefix + basename(workspace)))
  removeCgroups(cgroups, prefix, (name) => names.has(name))
}

export function removeGroup({ cgroups, prefix }: Isolation, workspace: string): void {
  const own = prefix + basename(workspace)
  if (cgroups !== undefined) removeCgroups(cgroups, own, (name) => name !== own)
}
