/** Observations as few bytes: names repeat in them, and most of what they say. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Packing } from '../figures/parts/parts.ts'
import type { Observation } from '../observations/observation.ts'

/** More takes three times as long for a tenth less. */
const LEVEL = 1

export const packing: Packing = {
  pack: (observations) => deflateRawSync(JSON.stringify(observations), { level: LEVEL }),
  unpack: (bytes) => JSON.parse(inflateRawSync(bytes).toString()) as readonly Observation[],
}
