/** What each tier is to reach: the row "KPI targets" of the tiers' table. Null: none is set. */
import type { Tier } from '#catalog/events.ts'

export interface Targets {
  /** Deployments a day, at least. */
  readonly deploymentFrequency: number | null
  /** Median, at most. */
  readonly leadTimeMs: number
  readonly changeFailureRate: number
  readonly recoveryTimeMs: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK = 7

export const TARGETS: Readonly<Record<Tier, Targets>> = {
  0: target(1 / WEEK, DAY_MS, 0.05, HOUR_MS),
  1: target(1, DAY_MS, 0.1, HOUR_MS),
  2: target(1, DAY_MS, 0.15, 4 * HOUR_MS),
  3: target(null, WEEK * DAY_MS, 0.15, DAY_MS),
}

function target(
  deploymentFrequency: number | null,
  leadTimeMs: number,
  ...[changeFailureRate, recoveryTimeMs]: readonly [rate: number, recoveryMs: number]
): Targets {
  return { deploymentFrequency, leadTimeMs, changeFailureRate, recoveryTimeMs }
}
