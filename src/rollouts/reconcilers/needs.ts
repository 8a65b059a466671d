/** What the room's loops are handed. */
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import type { Artifacts, Metrics, Prober, Target } from '../ports.ts'

/** Typed reading: of the pool, or of the transaction one stands in. */
export type Reads = Engine['reads']

export interface RolloutNeeds {
  readonly engine: Engine
  readonly log: Logger
  readonly target: Target
  readonly artifacts: Artifacts
  readonly prober: Prober
  readonly metrics: Metrics
  now(): number
}
