/**
 * The service's own promise ("never more than 1 % failures") as a hard limit. It is broken when so
 * many failures among the last ticks' requests would come by chance once in a million times, were
 * the limit just kept: an exact tail, so that few requests say little.
 */
import { binomialTail } from './numerics.ts'
import type { Observation } from './observation.ts'

type Count = readonly [requests: number, bad: number]
export interface PromiseState {
  readonly canary: readonly Count[]
  readonly stable: readonly Count[]
}

/** The better part of a minute of tuned ticks. */
const TICKS = 5
const CHANCE_MAX = 1e-6

export const startPromise: PromiseState = { canary: [], stable: [] }

export function promiseTick(state: PromiseState, seen: Observation): PromiseState {
  const add = (past: readonly Count[], arm: Observation['canary']): readonly Count[] =>
    arm === null ? past : [...past, [arm.requests, arm.bad] as const].slice(-TICKS)
  return { canary: add(state.canary, seen.canary), stable: add(state.stable, seen.stable) }
}

/** Broken by both arms it is no fault of the release's. */
export function promise(
  badShareMax: number | undefined,
  state: PromiseState,
): 'rollback' | 'freeze' | undefined {
  if (badShareMax === undefined || !isBroken(badShareMax, state.canary)) return undefined
  return isBroken(badShareMax, state.stable) ? 'freeze' : 'rollback'
}

function isBroken(badShareMax: number, counts: readonly Count[]): boolean {
  const requests = counts.reduce((sum, [n]) => sum + n, 0)
  const bad = counts.reduce((sum, [, x]) => sum + x, 0)
  return bad > badShareMax * requests && binomialTail(requests, bad, badShareMax) <= CHANCE_MAX
}
