/**
 * What the judge may believe of a tick. A count that cannot be (negative after a counter reset,
 * not a number) makes its arm missing, and a missing arm is no evidence: it is never a failed
 * check, since a scrape that was lost says nothing about a release.
 */
import { RANK_BINS } from './rank-test.ts'
import type { Fading } from './fading.ts'
import type { Noise } from './split.ts'
import type { AnalysisTick, ArmCounts, SliTick } from '../events.ts'

export type Pod = AnalysisTick['pods'][number]

export interface Observation {
  readonly canary: ArmCounts | null
  readonly stable: ArmCounts | null
  /** What the stable release had counted before, where that is known. */
  readonly past?: Past | undefined
  readonly ranks?: readonly number[] | undefined
  /** In the order of their ids, so that the order in which they were read changes no bit. */
  readonly pods: readonly Pod[]
  /** By name; an arm that cannot be believed is missing. */
  readonly slis?: readonly SliTick[] | undefined
  readonly gauges?: Readonly<Record<string, number>> | undefined
}

export type Past = Fading & Noise

/** Burstier than this is no service that anything could be said of. */
const PHI_MAX = 1e3
const SIGMA_MAX = 1

/** Ids are kept in the state, which has a size to keep: longer ones by their hash. */
const POD_ID_LENGTH_MAX = 12

export function observe(tick: AnalysisTick): Observation {
  const past = readPast(tick.past)
  const ranks =
    tick.ranks?.length === RANK_BINS && tick.ranks.every(isCount) ? tick.ranks : undefined
  return {
    canary: readArm(tick.canary),
    stable: readArm(tick.stable),
    pods: readPods(tick.pods),
    ...(past !== undefined && { past }),
    ...(ranks !== undefined && { ranks }),
    ...(tick.slis && { slis: tick.slis.map(readSli) }),
    ...(tick.gauges && { gauges: tick.gauges }),
  }
}

function readSli({ name, canary, stable }: SliTick): SliTick {
  const read = (arm: SliTick['canary']) =>
    arm !== null && isCount(arm.requests) && isCount(arm.bad)
      ? { requests: Math.max(arm.requests, arm.bad), bad: arm.bad }
      : null
  return { name, canary: read(canary), stable: read(stable) }
}

function readArm(arm: ArmCounts | null): ArmCounts | null {
  const { slow, slow90 } = arm ?? {}
  if (arm === null || ![arm.requests, arm.bad, slow ?? 0, slow90 ?? 0].every(isCount)) return null
  // A request may fail in a later tick than the one it began in: then it counts as one of this
  // tick's, lest an arm that answers only with time-outs go unseen.
  const requests = Math.max(arm.requests, arm.bad, slow ?? 0, slow90 ?? 0)
  return {
    requests,
    bad: Math.max(arm.bad, 0),
    ...(slow !== undefined && { slow: Math.max(slow, 0) }),
    ...(slow90 !== undefined && { slow90: Math.max(slow90, 0) }),
  }
}

function readPast(past: AnalysisTick['past']): Past | undefined {
  if (past === undefined || !isCount(past.requests) || !isCount(past.bad)) return undefined
  if (past.bad > past.requests || past.requests === 0) return undefined
  const { requests, bad, phi = 1, sigma = 0 } = past
  const isNoise = phi >= 1 && phi <= PHI_MAX && sigma >= 0 && sigma <= SIGMA_MAX
  return isNoise ? { requests, bad, phi, sigma } : { requests, bad, phi: 1, sigma: 0 }
}

/** All or none: among pods listed twice, or miscounted, nobody knows which figure is right. */
function readPods(pods: readonly Pod[]): readonly Pod[] {
  const usable = pods.map((pod) => ({ ...pod, id: shortId(pod.id) }))
  if (!usable.every((pod) => isCount(pod.requests) && isCount(pod.bad))) return []
  const sorted = usable.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const isTwice = sorted.some((pod, i) => pod.id === sorted[i + 1]?.id)
  return isTwice ? [] : sorted
}

/** FNV-1a: two of eight pods share one once in a hundred million services. */
function shortId(id: string): string {
  if (id.length <= POD_ID_LENGTH_MAX) return id
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return `#${(hash >>> 0).toString(36)}`
}

function isCount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER
}
