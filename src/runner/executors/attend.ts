/** Waits for a command, or for the reason to end it: a clock, a person, the end of the runner. */
import { setTimeout as delay } from 'node:timers/promises'
import type { CommandExit, Execution } from './execution.ts'

/** The longest that a timer of Node can be set for: 24 days. */
const TIMER_MS_MAX = 2 ** 31 - 1
const LOOK_MS = 100

export interface Limits {
  /** By the clock of the machine: it may have begun under another runner. */
  readonly startedAt: number
  readonly timeoutMs: number
  readonly idleMs: number
  readonly graceMs: number
  /** Asks the command to end; with the reason `now`, without grace. */
  readonly signal: AbortSignal
}

export interface CommandEnd extends CommandExit {
  readonly how: 'exited' | 'timeout.wall' | 'timeout.idle' | 'stopped' | 'lost'
  /** Whether something of it could not be killed. */
  readonly isLeftover: boolean
}

/** The clock of silence, wound by whoever hears the command. */
export interface IdleClock {
  wind(): void
}

/** `begin` gets the clock before the command runs, since its first output winds it. */
export async function attend(
  limits: Limits,
  begin: (clock: IdleClock) => Promise<Execution>,
): Promise<CommandEnd> {
  let how: 'exited' | 'timeout.wall' | 'timeout.idle' | 'stopped' = 'exited'
  const stopped = Promise.withResolvers<void>()
  const stop = (why: typeof how) => {
    if (how !== 'exited') return
    how = why
    stopped.resolve()
  }
  const idle = setTimeout(() => stop('timeout.idle'), Math.min(limits.idleMs, TIMER_MS_MAX))
  const { signal } = limits
  const onAbort = () => stop('stopped')
  let wall: NodeJS.Timeout | undefined
  let execution: Execution | undefined
  try {
    execution = await begin({ wind: () => void idle.refresh() })
    const leftMs = limits.timeoutMs - (Date.now() - (execution.startedAt ?? limits.startedAt))
    wall = setTimeout(() => stop('timeout.wall'), Math.max(0, Math.min(leftMs, TIMER_MS_MAX)))
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    const ended: Promise<CommandExit | undefined> = execution.ended.catch(() => undefined)
    await Promise.race([ended, stopped.promise])
    const graceMs = signal.reason === 'now' ? 0 : limits.graceMs
    // The shell may die of SIGTERM at once while its children still put their affairs in order.
    if (how !== 'exited') await endGently(execution, graceMs)
    const isLeftover = !(await execution.kill())
    await execution.drain()
    const end = await within(ended, LOOK_MS)
    if (end === 'late' || end === undefined) {
      const lost = how === 'exited' ? ('lost' as const) : how
      return { how: lost, exitCode: undefined, isLeftover }
    }
    return { ...end, how, isLeftover }
  } finally {
    clearTimeout(idle)
    clearTimeout(wall)
    signal.removeEventListener('abort', onAbort)
    execution?.close()
  }
}

/** Leaves no timer behind, which would keep a process that has nothing else to do. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late')
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

async function endGently(execution: Execution, graceMs: number): Promise<void> {
  if (graceMs <= 0) return
  await execution.terminate()
  const until = performance.now() + graceMs
  for (let leftMs = graceMs; leftMs > 0; leftMs = until - performance.now()) {
    if (!(await execution.isRunning())) return
    await delay(Math.min(LOOK_MS, leftMs))
  }
}
