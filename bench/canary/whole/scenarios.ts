/** Services that whole rollouts are tried on: their weight is what the tool makes it. */
import type { Family } from '../scenarios.ts'

const calm = { rps: 200, weight: 0, bad: 1e-3 }
export const WHOLE_HEALTHY: Family = {
  'p=0.1%': calm,
  'p=1%': { ...calm, bad: 1e-2 },
  'p=0.01% 2krps': { rps: 2000, weight: 0, bad: 1e-4 },
  drifting: { ...calm, bad: 2e-3, diurnal: 3, commonNoise: 0.5 },
  bursty: { ...calm, bad: 5e-3, bursty: 1, commonNoise: 0.3 },
  'instances differ 2krps': { rps: 2000, weight: 0, bad: 5e-3, podSpread: 0.08 },
}
/** Bad from the first request, at 200 requests a second. */
export const WHOLE_BAD: Family = {
  'x2 of 0.1%': { ...calm, ratio: 2 },
  'x5 of 0.1%': { ...calm, ratio: 5 },
  'x10 of 0.1%': { ...calm, ratio: 10 },
  'x50 of 0.1%': { ...calm, ratio: 50 },
  'x2 of 1%': { ...calm, bad: 1e-2, ratio: 2 },
  'x10 of 1%': { ...calm, bad: 1e-2, ratio: 10 },
}
export const WHOLE_OTHER: Family = {
  crash: { ...calm, crashes: true },
  'x10 from minute 20': { ...calm, ratio: 10, onset: 120 },
  'x10 above 30% of load': { ...calm, ratio: 10, loadAbove: 0.3 },
}
