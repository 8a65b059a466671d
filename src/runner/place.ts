/**
 * Where the jobs of a runner run. Of a fleet each job gets a folder of its own, the source of its
 * commit and the outputs of what it needs, and is remembered for a runner that finds it. On the
 * machine of a person they run in the tree that is there.
 */
import { join } from 'node:path'
import type { JobContext } from './job-context.ts'
import { type JobLog, LOG, type LogTarget, openJobLog } from './job-log.ts'
import { fetchSource, type Handed, keyOf, restoreNeeds } from './job-files.ts'
import type { Executor } from './executors/execution.ts'
import { processExecutor, type ProcessPlace } from './executors/process-executor.ts'
import type { Globs } from './glob.ts'
import { type Journal, writeJournal } from './journal.ts'
import { type Folders, makeWorkspace, removeWorkspace, type Workspace } from './workspace.ts'

export interface JobPlace {
  begin(): Workspace
  end(workspace: Workspace): Promise<void>
  /** For a runner that finds the job after this one was killed. */
  note(state: string, entry: Journal): void
  fetchSource(context: JobContext): Promise<void>
  /** Of a job with inputs. */
  keyOf(context: JobContext, folder: string, inputs: Globs): Promise<string | undefined>
  openLog(workspace: Workspace, target: LogTarget): JobLog
  restoreNeeds(context: JobContext, folder: string): Promise<Handed>
  executor(place: ProcessPlace): Executor
}

export const placeOfItsOwn = (folders: Folders): JobPlace => ({
  begin: () => makeWorkspace(folders),
  end: removeWorkspace,
  note: writeJournal,
  fetchSource,
  keyOf,
  openLog: ({ state }, target) => openJobLog(join(state, LOG), target),
  restoreNeeds,
  executor: processExecutor,
})
