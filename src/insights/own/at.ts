import type { Told } from '../observations/observation.ts'

/** What an event of ours tells, and when it happened where that was before it was said. */
export type At = readonly [told: Told, occurredAt?: number]
