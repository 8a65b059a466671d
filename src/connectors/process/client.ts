/** The deploy target as the server sees it: every call goes to the host's agent by its socket. */
import { Fault } from '#kernel/fault.ts'
import type { Snapshots } from '#evidence/ports/snapshots.ts'
import type { Target } from '#rollouts/ports.ts'
import { DRAIN_MS, GRACE_MS } from './settings.ts'
import { call } from './unix-http.ts'
import * as wire from './wire.ts'

export interface ProcessTargetOptions {
  readonly socket: string
  /** Called when nobody answers, before the one second try: starts the agent or throws. */
  readonly ensureAgent?: (() => Promise<unknown>) | undefined
}

/** Most calls take milliseconds; the bound is for a machine under heavy load. */
const CALL_MS = 10_000
/** The first one unpacks: a gigabyte takes about ten seconds on a slow disk. */
const ENSURE_MS = 60_000
/** Waits for the drain and the grace, and for what has been configured longer. */
const RETIRE_MS = 4 * (DRAIN_MS + GRACE_MS)

/**
 * Throws Fault `target.unreachable` (retry), `target.port-in-use`, `target.artifact-unreadable`,
 * `target.stale-fence`, `target.refused`.
 */
export function processTarget({ socket, ensureAgent }: ProcessTargetOptions): Target {
  let starting: Promise<unknown> | undefined
  const ask = async (path: string, body: unknown, timeoutMs = CALL_MS): Promise<unknown> => {
    const wish = { socket, path, body, timeoutMs }
    try {
      return await call(wish)
    } catch (fault) {
      const isGone = fault instanceof Fault && fault.code === 'target.unreachable'
      if (!isGone || !ensureAgent) throw fault
      starting ??= ensureAgent().finally(() => {
        starting = undefined
      })
      await starting
      return call(wish)
    }
  }
  return {
    async ensure(spec) {
      return wire.groupStatus.parse(await ask('/ensure', spec, ENSURE_MS))
    },
    async weigh(slot, fence, weights) {
      await ask('/weigh', { slot, fence, weights })
    },
    async counters(slot) {
      return wire.countersAnswer.parse(await ask('/counters', { slot }))
    },
    async retire(slot, fence, group) {
      await ask('/retire', { slot, fence, group }, RETIRE_MS)
    },
    async observe(slot) {
      return wire.slotAnswer.parse(await ask('/observe', { slot })).status ?? undefined
    },
  }
}

/** Ends the agent, and with `stop` all it runs; no error when there is none. */
export async function stopAgent(socket: string, instances: 'keep' | 'stop'): Promise<void> {
  await call({ socket, path: '/stop', body: { instances }, timeoutMs: RETIRE_MS }).catch(
    (fault: unknown) => {
      if (!(fault instanceof Fault && fault.code === 'target.unreachable')) throw fault
    },
  )
}

/** All that runs on the host; where no agent answers nothing is known, and none is started. */
export function processSnapshots(socket: string): Snapshots {
  return {
    async take() {
      try {
        const body = {}
        const answer = await call({ socket, path: '/snapshot', body, timeoutMs: CALL_MS })
        return wire.snapshotAnswer.parse(answer).running
      } catch (fault) {
        // Nobody there, or an agent of an earlier version that takes no snapshots.
        const isSilent = fault instanceof Fault && UNANSWERED.has(fault.code)
        if (isSilent) return undefined
        throw fault
      }
    },
  }
}
const UNANSWERED: ReadonlySet<string> = new Set(['target.unreachable', 'target.refused'])

/** Undefined when nobody answers. */
export async function agentInfo(socket: string): Promise<wire.AgentInfo | undefined> {
  try {
    return wire.agentInfo.parse(await call({ socket, path: '/info', timeoutMs: CALL_MS }))
  } catch (fault) {
    if (fault instanceof Fault && fault.code === 'target.unreachable') return undefined
    throw fault
  }
}
