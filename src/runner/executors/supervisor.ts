/**
 * The few lines of shell between a runner and the command of a job. They write what the command
 * prints to a file and its exit code to another, so that the job outlives a runner that is killed:
 * the next one in the same folder reads both and goes on. A shell and `cat`, because one Node for
 * every job would cost more than most jobs.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LOG_BYTES_MAX } from '../../pipelines/protocol.ts'
import { WORKSPACE_VARIABLE } from '../process-tree.ts'

/** The unit of `ulimit -f`. */
const BLOCK_BYTES = 512
/** What is kept of the output. The log is cut earlier, so the end of this is never read. */
export const KEPT_BYTES_MAX = LOG_BYTES_MAX

/** Files in the folder of state. */
export const STATE = {
  output: 'out',
  exit: 'exit',
  group: 'group',
  own: 'supervisor',
  sign: 'more',
} as const

/**
 * The job is a session of its own where there is `setsid`: killing its group spares the supervisor.
 * It is not run in the background, where a shell would have it ignore SIGINT. `cat` dies at the
 * limit of its file, and from then on `dd` only marks that something came: a job must end neither
 * of a long log nor of a full disk.
 */
const SCRIPT = `
state=$1 workspace=$2 blocks=$3 cat=$4 dd=$5 setsid=$6 inner=$7
shift 7
echo $$ > supervisor
[ -n "$setsid" ] || echo $$ > group
{
  ${WORKSPACE_VARIABLE}=$workspace $setsid /bin/sh -c "$inner" job "$state" "$setsid" "$@" 2>&1
  echo $? > exit
} 2> /dev/null | {
  (ulimit -c 0; ulimit -f "$blocks"; exec "$cat" >> out) ||
    while "$dd" bs=65536 count=1 of=more && [ -s more ]; do :; done
  exec "$cat" > /dev/null
} 2> /dev/null
`
const INNER = `
state=$1 setsid=$2 groups=$3 cwd=$4
shift 4
[ -z "$setsid" ] || echo $$ > "$state/group"
for group in $groups; do echo $$ > "$group"; done 2> /dev/null
cd "$cwd" && unset OLDPWD && exec "$@"
`

export interface Supervised {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Absolute; what marks the processes of the job. */
  readonly workspace: string
  /** Absolute, empty, out of the job's sight. */
  readonly state: string
  /** Files named `cgroup.procs` that the job is to be listed in. */
  readonly groups: readonly string[]
}

/** Throws the system's error when it cannot be started. */
export function startSupervisor(order: Supervised, path: string): ChildProcess {
  const { [WORKSPACE_VARIABLE]: _, ...env } = order.env
  const tools = [needed('cat', path), needed('dd', path), findTool('setsid', path) ?? '']
  const blocks = String(Math.floor(KEPT_BYTES_MAX / BLOCK_BYTES))
  const own = [order.state, order.workspace, blocks, ...tools, INNER]
  const inner = [order.groups.join(' '), order.cwd]
  const args = ['-c', SCRIPT, 'supervisor', ...own, ...inner, order.file, ...order.args]
  // Its environment is the job's but for the mark, and it stands elsewhere: it must not be taken
  // for a process of the job and killed with it.
  return spawn('/bin/sh', args, { cwd: order.state, env, stdio: 'ignore', detached: true })
}

/** Whether the supervisor of this folder lives: its number alone may be somebody else's by now. */
export function isSupervised(state: string): boolean {
  const pid = numberIn(state, STATE.own)
  if (pid === undefined) return false
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0)
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const isZombie = stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
    return !isZombie && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0${state}\0`)
  } catch {
    return false
  }
}

/** A number on a line of its own; undefined as long as the line is not whole. */
export function numberIn(state: string, name: string): number | undefined {
  try {
    const text = readFileSync(join(state, name), 'latin1')
    return /^\d+\n$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}

export function findTool(name: string, path: string): string | undefined {
  for (const folder of path.split(':'))
    try {
      if (folder === '') continue
      accessSync(join(folder, name), constants.X_OK)
      return join(folder, name)
    } catch {
      // Not in this one.
    }
  return undefined
}

const needed = (name: string, path: string) => findTool(name, path) ?? `/bin/${name}`
