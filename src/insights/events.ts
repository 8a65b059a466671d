/** What this room keeps: that something was told by another tool, as it was told. */
import type { Observation } from './observations/observation.ts'

export type ObservationEvent = {
  readonly type: 'observation.recorded'
  /** When we recorded it; what the source says of the instant stands inside. */
  readonly at: number
  readonly by: string
  readonly observation: Observation
}
