/**
 * Runners as processes of this machine, as many as what waits asks for. Every look compares the
 * leases that are alive with what is wanted; nothing is counted in between, so a runner that died
 * unheard is missed at the next look and no other. Only idle ones are asked to go, and go when they
 * have nothing left to do.
 */
import type { Logger } from '#engine/log.ts'
import { type LiveRunner, scale, type ScalePolicy, type WaitingJob } from './runner/autoscale.ts'

const LOOK_MS = 2_000

export interface LocalRunner {
  /** Asks it to take no more jobs, and to end. */
  drain(): void
  isAlive(): boolean
}

export interface Seen {
  readonly waiting: readonly WaitingJob[]
  /** All that are alive, others' too: by name. */
  readonly live: readonly LiveRunner[]
}

export interface LocalFleet {
  /** One look, for those who do not want to wait for the next. */
  look(): Promise<void>
  stop(): void
}

export function startLocalFleet(at: {
  readonly policy: ScalePolicy
  readonly log: Logger
  see(): Promise<Seen>
  start(name: string): LocalRunner
}): LocalFleet {
  const { policy, log } = at
  const own = new Map<string, LocalRunner>()
  const leaving = new Set<string>()
  const look = async () => {
    const { waiting, live } = await at.see()
    for (const [name, runner] of own)
      if (!runner.isAlive()) {
        own.delete(name)
        leaving.delete(name)
      }
    const known = new Map(live.map((each) => [each.name, each]))
    // One that was just started has not been heard of yet: it is idle, and not for long.
    const ours = [...own.keys()]
      .filter((name) => !leaving.has(name))
      .map((name) => known.get(name) ?? { name, jobs: 0, idleForMs: 0 })
    const { start, stop, desired } = scale(policy, waiting, ours)
    for (const name of stop) {
      leaving.add(name)
      own.get(name)?.drain()
    }
    for (let count = 0; count < start; count++) {
      const name = freeName(own)
      own.set(name, at.start(name))
    }
    if (start > 0 || stop.length > 0)
      log.info({ desired, started: start, stopping: stop }, 'the local fleet changes')
  }
  const timer = setInterval(
    () => void look().catch((error: unknown) => log.warn({ err: error }, 'no look at the fleet')),
    LOOK_MS,
  )
  return {
    look,
    stop() {
      clearInterval(timer)
      for (const runner of own.values()) runner.drain()
    },
  }
}

/** Their folders keep what they had in their caches: the same names come again. */
function freeName(own: ReadonlyMap<string, unknown>): string {
  for (let n = 1; ; n++) if (!own.has(`local-${n}`)) return `local-${n}`
}
