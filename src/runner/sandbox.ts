/**
 * Confines the command of a job with bubblewrap where that is installed and allowed: the system is
 * read-only, the runner's own folder is out of sight but for the job's workspace, and a process
 * namespace makes the end of a job exact. The network stays on unless the job says `none`, and then
 * there is only its own loopback.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export const SANDBOX = 'bwrap'
/** Starting it takes some milliseconds; a machine that needs this long is not going to. */
const PROBE_MS_MAX = 5000

export interface Confined {
  /** The folder of the runner: blobs, lock and the workspaces of other jobs. */
  readonly hidden: string
  readonly workspace: string
  /** Where else it may write: it may lie around what is hidden. */
  readonly tree?: string | undefined
  readonly cwd: string
  /** A folder of tools that has to be seen wherever it lies: the one with this program's Node. */
  readonly tools: string
  readonly network?: 'none' | 'full' | undefined
}

/** Whether bubblewrap is there and the kernel lets it work: containers often do not. */
export async function hasSandbox(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const args = [...ISOLATION, '--unshare-net', '--', '/bin/sh', '-c', 'exit 0']
  try {
    await promisify(execFile)(SANDBOX, args, { timeout: PROBE_MS_MAX })
    return true
  } catch {
    return false
  }
}

/** What goes between the name of the sandbox and the command. */
export function sandboxArgs(about: Confined): string[] {
  const { hidden, workspace, tree, cwd, tools, network } = about
  // In this order: hide the runner's folder, then lay the workspace over what is hidden. The tools
  // may lie under /tmp, which is a fresh one inside: somebody tried a clone there.
  const isApart = tree !== undefined && !tree.startsWith(`${workspace}/`)
  const own = isApart ? ['--bind', tree, tree] : []
  const bound = [...own, '--tmpfs', hidden, '--bind', workspace, workspace]
  const seen = ['--ro-bind', tools, tools, ...bound]
  const view = [...seen, '--chdir', cwd]
  return [...ISOLATION, ...(network === 'none' ? ['--unshare-net'] : []), ...view, '--']
}

const ISOLATION = (
  '--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp ' +
  '--unshare-pid --unshare-ipc --unshare-uts --die-with-parent'
).split(' ')
