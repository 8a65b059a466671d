/**
 * How many requests a slot gets, asked before the first weight of a ramp alone: by its counters
 * while the instances start, and by its last rollouts. The greater of both: the night says nothing
 * of the day.
 */
import { Fault } from '#kernel/fault.ts'
import type { Running, Undoing } from '../deployment-state.ts'
import { trafficIn } from '../queries/traffic.ts'
import type { Memory } from './memory.ts'
import type { RolloutNeeds } from './needs.ts'

/** Shorter than that a rate is chance. */
const COUNTED_MS_MIN = 1_000

/** Undefined: nobody knows, or nobody asks. */
export async function requestsPerS(
  needs: RolloutNeeds,
  state: Running | Undoing,
  memory: Memory,
): Promise<number | undefined> {
  const { status, about, exposedAt } = state
  const isAsked = status === 'running' && exposedAt === undefined
  if (!isAsked || about.plan.analysis.ramp === undefined) return undefined
  const past =
    memory.requestsPerS === undefined
      ? (await trafficIn(needs.engine.reads, about))?.requestsPerS
      : memory.requestsPerS.past
  memory.requestsPerS = { past, now: await rateNow(needs, state, memory) }
  const known = [past, memory.requestsPerS.now].filter((each) => each !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

async function rateNow(
  { target, now, log }: RolloutNeeds,
  { about: { service, environment }, readyAt }: Running | Undoing,
  memory: Memory,
): Promise<number | undefined> {
  const { counted } = memory
  // Once at the beginning, and then from when it could be let in.
  if (counted !== undefined && readyAt === undefined) return memory.requestsPerS?.now
  try {
    const counters = await target.counters({ service, environment })
    const requests = counters.reduce((sum, each) => sum + each.requests, 0)
    const at = now()
    memory.counted = counted ?? { at, requests }
    const ms = at - memory.counted.at
    const more = requests - memory.counted.requests
    return ms >= COUNTED_MS_MIN && more >= 0 ? (1000 * more) / ms : memory.requestsPerS?.now
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    log.warn({ service, environment, err: error }, 'traffic cannot be counted')
    return memory.requestsPerS?.now
  }
}
