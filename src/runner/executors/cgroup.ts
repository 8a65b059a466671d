/**
 * Bounds of a job by the kernel's control groups, where this process may make them: version 2 in a
 * folder that was handed to it, or the separate trees of version 1. A group also knows every
 * process that was ever born in it, whatever that did to hide; so every job gets one.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobResources } from '../../pipelines/events.ts'

const MOUNT = '/sys/fs/cgroup'
const CONTROLLERS = ['memory', 'pids', 'cpu'] as const
type Controller = (typeof CONTROLLERS)[number]
/** Of how many microseconds the share of processors is: the kernel's own default. */
const PERIOD_US = 100_000
/** The runner steps aside into this group: of version 2 only leaves may have processes. */
const OWN_LEAF = 'signalbox-runner'

/** Where groups can be made: one folder for each controller, in version 2 the same. */
export interface Cgroups {
  readonly version: 1 | 2
  readonly folders: ReadonlyMap<Controller, string>
}

/** Undefined where this process may make none. Called once, when a runner starts. */
export function findCgroups(mount = MOUNT): Cgroups | undefined {
  if (process.platform !== 'linux') return undefined
  const own = ownPaths()
  return own.has('') && isVersion2(mount)
    ? version2(mount, own.get('') ?? '/')
    : version1(mount, own)
}

/** Controller to path, from lines such as `4:memory:/a/b`; version 2 has no name. */
function ownPaths(): Map<string, string> {
  const lines = readOr('/proc/self/cgroup').split('\n')
  const paths = new Map<string, string>()
  for (const line of lines) {
    const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    for (const name of names.split(',')) paths.set(name, path)
  }
  return paths
}

const isVersion2 = (mount: string) => readOr(join(mount, 'cgroup.controllers')) !== ''

function version2(mount: string, path: string): Cgroups | undefined {
  const parent = path.endsWith(`/${OWN_LEAF}`) ? path.slice(0, -OWN_LEAF.length - 1) : path
  const folder = join(mount, parent)
  try {
    mkdirSync(join(folder, OWN_LEAF), { recursive: true })
    writeFileSync(join(folder, OWN_LEAF, 'cgroup.procs'), String(process.pid))
    const enable = CONTROLLERS.map((name) => `+${name}`).join(' ')
    writeFileSync(join(folder, 'cgroup.subtree_control'), enable)
    return { version: 2, folders: new Map(CONTROLLERS.map((name) => [name, folder])) }
  } catch {
    return undefined
  }
}

function version1(mount: string, own: ReadonlyMap<string, string>): Cgroups | undefined {
  const folders = new Map<Controller, string>()
  for (const name of CONTROLLERS) {
    const folder = join(mount, name, own.get(name) ?? '/')
    const probe = join(folder, `signalbox-probe-${process.pid}`)
    try {
      mkdirSync(probe)
      rmdirSync(probe)
      folders.set(name, folder)
    } catch {
      // Not ours to use; the others may be.
    }
  }
  return folders.size === 0 ? undefined : { version: 1, folders }
}

/** The group of one job. */
export interface Cgroup {
  /** Files that a process writes its number to in order to belong; also who does belong. */
  readonly lists: readonly string[]
  /** What of the resources is bounded. */
  readonly bounded: readonly (keyof JobResources)[]
}

export function makeCgroup(all: Cgroups, name: string, resources: JobResources): Cgroup {
  const bounded: (keyof JobResources)[] = []
  const folders = foldersOf(all, name)
  for (const [controller, folder] of folders)
    try {
      mkdirSync(folder, { recursive: true })
      for (const [key, files] of boundsOf(all.version, controller, resources)) {
        for (const { file, value, isOptional } of files)
          bound(join(folder, file), value, isOptional)
        bounded.push(key)
      }
    } catch {
      // It is not bounded then, and the log of the job will say so.
    }
  return { lists: listsOf(all, name), bounded }
}

/** The same group, made by an earlier runner. */
export const listsOf = (all: Cgroups, name: string): string[] => [
  ...new Set([...foldersOf(all, name).values()].map((folder) => join(folder, 'cgroup.procs'))),
]

/** How many processes of it the machine has killed for want of memory. */
export function oomKillsOf(all: Cgroups, name: string): number {
  const folder = foldersOf(all, name).get('memory')
  if (folder === undefined) return 0
  const text = readOr(join(folder, all.version === 2 ? 'memory.events' : 'memory.oom_control'))
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0)
}

/** Groups of this prefix that are empty. One that is not will be asked for another time. */
export function removeCgroups(
  all: Cgroups,
  prefix: string,
  isKept: (name: string) => boolean,
): void {
  for (const folder of new Set(all.folders.values()))
    for (const name of namesIn(folder))
      if (name.startsWith(prefix) && !isKept(name))
        try {
          rmdirSync(join(folder, name))
        } catch {
          // Something in it is still on its way out.
        }
}

interface Bound {
  readonly file: string
  readonly value: string
  /** Not every kernel has it. */
  readonly isOptional?: boolean
}

function boundsOf(
  version: 1 | 2,
  controller: Controller,
  { memoryBytes, pids, cpu }: JobResources,
): readonly (readonly [keyof JobResources, readonly Bound[]])[] {
  const isNew = version === 2
  switch (controller) {
    case 'memory': {
      if (memoryBytes === undefined) return []
      const value = String(memoryBytes)
      // Swap would only make a job that is too large a slow one.
      const swap = isNew
        ? { file: 'memory.swap.max', value: '0', isOptional: true }
        : { file: 'memory.memsw.limit_in_bytes', value, isOptional: true }
      const file = isNew ? 'memory.max' : 'memory.limit_in_bytes'
      return [['memoryBytes', [{ file, value }, swap]]]
    }
    case 'pids':
      return pids === undefined ? [] : [['pids', [{ file: 'pids.max', value: String(pids) }]]]
    case 'cpu': {
      if (cpu === undefined) return []
      const quota = String(Math.max(1000, Math.round(cpu * PERIOD_US)))
      const one = { file: 'cpu.max', value: `${quota} ${PERIOD_US}` }
      const period = { file: 'cpu.cfs_period_us', value: String(PERIOD_US) }
      return [['cpu', isNew ? [one] : [period, { file: 'cpu.cfs_quota_us', value: quota }]]]
    }
  }
}

function bound(file: string, value: string, isOptional = false): void {
  try {
    writeFileSync(file, value)
  } catch (error) {
    if (!isOptional) throw error
  }
}

const foldersOf = ({ folders }: Cgroups, name: string) =>
  new Map([...folders].map(([controller, folder]) => [controller, join(folder, name)]))

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
