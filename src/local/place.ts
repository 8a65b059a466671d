/**
 * Jobs of a run on this machine work in the tree that is there, as a person would. Beside it each
 * slot has a home, a folder for what is temporary and a pipe, and gets them back empty.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { directExecutor, openPipe, type OutputPipe } from '../runner/executors/direct-executor.ts'
import { processExecutor } from '../runner/executors/process-executor.ts'
import { openStarter, type Starter } from '../runner/executors/starter.ts'
import { listsOfJob } from '../runner/isolation.ts'
import type { JobContext } from '../runner/job-context.ts'
import type { Handed } from '../runner/job-files.ts'
import type { JobPlace } from '../runner/place.ts'
import type { RunnerFolder } from '../runner/leftovers.ts'
import { openHeardLog } from './log.ts'
import { removeTree, type Workspace } from '../runner/workspace.ts'

interface Slot {
  readonly workspace: Workspace
  readonly pipe: OutputPipe | undefined
  readonly starter: Starter | undefined
}

export interface LocalPlace extends JobPlace {
  close(): void
}

export function placeInTree(
  folder: RunnerFolder,
  root: string,
  about: {
    /** Puts what a job is handed into the tree, where it is not there already. */
    handOver(context: JobContext, at: string): Promise<void>
  },
): LocalPlace {
  // Made when the first job wants one: where all is found, none does.
  const slots: Slot[] = []
  const free: Slot[] = []
  const slotOf = (at: string) => slots.find(({ workspace }) => workspace.root === at)
  return {
    begin() {
      const slot = free.pop() ?? makeSlot(folder, root, slots.length)
      if (!slots.includes(slot)) slots.push(slot)
      return slot.workspace
    },
    async end({ root: at, home, tmp, state }) {
      for (const place of [home, tmp, state]) await empty(place)
      for (const name of readdirSync(at))
        if (name !== 'home' && name !== 'tmp') await removeTree(join(at, name))
      const slot = slotOf(at)
      if (slot !== undefined) free.push(slot)
    },
    // The run has a journal of its own.
    note: () => {},
    fetchSource: () => Promise.resolve(),
    keyOf: () => Promise.resolve(undefined),
    openLog: (_, target) => openHeardLog(target),
    async restoreNeeds(context, at): Promise<Handed> {
      await about.handOver(context, at)
      return { pool: undefined, lent: [] }
    },
    executor(place) {
      const { pipe, starter } = slotOf(place.workspace) ?? {}
      if (pipe === undefined || place.isAlone !== true) return processExecutor(place)
      // Only a shell can list a command in its group before anything of it runs.
      const isListed = listsOfJob(place.kit.isolation, place.workspace).length > 0
      const isByShell = starter !== undefined && !place.isSandboxed
      return isListed && !isByShell ? processExecutor(place) : directExecutor(place, pipe, starter)
    },
    close() {
      for (const { pipe, starter } of slots) {
        starter?.close()
        pipe?.close()
      }
    },
  }
}

function makeSlot({ jobs, states }: RunnerFolder, source: string, number: number): Slot {
  const name = `slot-${number}`
  const root = join(jobs, name)
  const state = join(states, name)
  rmSync(root, { recursive: true, force: true })
  rmSync(state, { recursive: true, force: true })
  const workspace = { root, source, home: join(root, 'home'), tmp: join(root, 'tmp'), state }
  for (const place of [root, workspace.home, workspace.tmp, state])
    mkdirSync(place, { mode: 0o700 })
  const pipe = openPipe(states)
  return { workspace, pipe, starter: pipe && openStarter(pipe.fd) }
}

async function empty(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) await removeTree(join(folder, name))
}
