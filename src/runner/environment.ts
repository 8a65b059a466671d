/**
 * What a job sees of the world: a clean environment, so that it does the same on every runner, and
 * so that nothing the runner was given (its token, the cloud keys of its machine) leaks into it.
 */
import { dirname } from 'node:path'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { WORKSPACE_VARIABLE } from './process-tree.ts'
import type { Workspace } from './workspace.ts'

/** Where systems keep their tools. Homebrew's folder does no harm where there is none. */
export const SYSTEM_PATH =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin'

export function environmentOf(
  leased: LeasedJob,
  workspace: Workspace,
  path: string,
  secrets: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { job } = leased
  const facts = {
    SIGNALBOX_JOB: job.name,
    SIGNALBOX_SERVICE: leased.service,
    [WORKSPACE_VARIABLE]: workspace.root,
  }
  // A cached job replays what it made for another commit; it cannot use what its key leaves out.
  const passing =
    job.inputs.length > 0
      ? {}
      : {
          SIGNALBOX_RUN: leased.run,
          SIGNALBOX_ATTEMPT: String(leased.attempt),
          SIGNALBOX_SHA: leased.sha,
          SIGNALBOX_BRANCH: leased.branch,
        }
  // An image knows best where its tools are. Elsewhere the runner's own Node comes first: `node` in
  // a job is the version that Signalbox is tested with.
  const tools = job.image === undefined ? { PATH: `${dirname(process.execPath)}:${path}` } : {}
  return {
    ...tools,
    HOME: workspace.home,
    TMPDIR: workspace.tmp,
    LANG: 'C.UTF-8',
    CI: 'true',
    ...job.env,
    ...secrets,
    ...facts,
    ...passing,
  }
}
