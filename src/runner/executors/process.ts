/**
 * Commands as processes of this machine, each under a supervisor of its own. Both outputs share one
 * pipe: that keeps their order, lets scripts open /dev/stderr (which a socket refuses, and a file
 * would be emptied by), and a child that holds it open after the shell has ended holds nobody up.
 */
import type { ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isRunning, type JobProcesses, killAll, terminate } from '../process-tree.ts'
import type { CommandExit, Execution, Listener } from './execution.ts'
import { followOutput } from './follow.ts'
import {
  isSupervised,
  KEPT_BYTES_MAX,
  numberIn,
  startSupervisor,
  STATE,
  type Supervised,
} from './supervisor.ts'

/** What is in the pipe when all are dead is read in moments; only the unkillable can delay it. */
const DRAIN_MS_MAX = 2000
const LOOK_MS = 5

export interface ProcessOrder extends Supervised {
  /** The name of the process that confines the others, when there is one. */
  readonly sandbox?: string | undefined
  /** Where the tools of the supervisor are. */
  readonly path: string
}
interface Supervisor {
  isAlive(): boolean
  group(): number | undefined
  readonly child?: ChildProcess
}
type Place = Pick<ProcessOrder, 'workspace' | 'state' | 'sandbox' | 'groups'>

/** Rejects with the system's error when the command could not even be started. */
export async function startProcess(order: ProcessOrder, listener: Listener): Promise<Execution> {
  const child = startSupervisor(order, order.path)
  const failed = new Promise<never>((_, reject) => child.on('error', reject))
  failed.catch(() => undefined)
  const spawned = new Promise<void>((resolve) => {
    child.on('spawn', () => resolve())
  })
  await Promise.race([spawned, failed])
  const isAlive = () => child.exitCode === null && child.signalCode === null
  const group = () => numberIn(order.state, STATE.group)
  return executionOf(order, listener, { isAlive, group, child })
}

/** Whether there is somebody who knows, or knew, how the command ends. */
export function isAdoptable(state: string): boolean {
  return isSupervised(state) || numberIn(state, STATE.exit) !== undefined
}

/** The command that an earlier runner started in these folders. */
export function adoptProcess(place: Place, listener: Listener): Execution {
  // When its group has ended, its number may be another's by now.
  const hasEnded = numberIn(place.state, STATE.exit) !== undefined
  const group = () => (hasEnded ? undefined : numberIn(place.state, STATE.group))
  return executionOf(place, listener, { isAlive: () => isSupervised(place.state), group })
}

function executionOf(
  place: Place,
  listener: Listener,
  { isAlive, group, child }: Supervisor,
): Execution {
  const { state, workspace, sandbox, groups } = place
  const ended = Promise.withResolvers<CommandExit>()
  ended.promise.catch(() => undefined)
  let kept = 0
  let signAt = 0
  const onBytes = (chunk: Buffer) => {
    kept += chunk.length
    listener.onOutput(chunk)
    listener.onSign()
    if (kept >= KEPT_BYTES_MAX) listener.onCut()
  }
  const look = () => {
    const wasAlive = isAlive()
    const exitCode = numberIn(state, STATE.exit)
    if (exitCode !== undefined) ended.resolve({ exitCode })
    else if (!wasAlive) ended.reject(new Error('Its supervisor is gone.'))
    const changedAt = kept < KEPT_BYTES_MAX ? 0 : changeOf(join(state, STATE.sign))
    if (changedAt > signAt) listener.onSign()
    signAt = changedAt
  }
  child?.on('exit', look)
  const following = followOutput(state, STATE.output, onBytes, look)
  look()
  const job = (): JobProcesses => ({ workspace, group: group(), lists: groups })
  return {
    ended: ended.promise,
    terminate: () => terminate(job(), sandbox),
    isRunning: () => isRunning(job()),
    kill: () => killAll(job()),
    async drain() {
      const until = performance.now() + DRAIN_MS_MAX
      while (isAlive() && performance.now() < until) await delay(LOOK_MS)
      following.readAll()
      look()
    },
    close: () => following.close(),
  }
}

function changeOf(file: string): number {
  try {
    return statSync(file).mtimeMs
  } catch {
    return 0
  }
}
