/**
 * What is planted into a release, and what is right to do about it. A tick is a second here instead
 * of ten, so that times are a tenth of what they stand for.
 */
export interface Planted {
  /** Read by the service from the file beside it. */
  readonly fault: Readonly<Record<string, number | boolean>>
  readonly right: 'succeeded' | 'rolledBack'
  /** Visitors double while the canary stands at its first step. */
  readonly doubles?: true
}

/** Requests a second; with three instances, half of the load is a third of the half for each. */
export const RPS = 200

export const PLANTED: Readonly<Record<string, Planted>> = {
  'errors x3': { fault: { errors: 3 }, right: 'rolledBack' },
  'errors x10': { fault: { errors: 10 }, right: 'rolledBack' },
  crashes: { fault: { crashEvery: 20 }, right: 'rolledBack' },
  'all latencies +25 %': { fault: { slower: 1.25 }, right: 'rolledBack' },
  'slow for its first minute, then fine': { fault: { slowStartMs: 6_000 }, right: 'succeeded' },
  'errors x10 above half of the load': {
    fault: { errors: 10, aboveRps: (0.4 * RPS) / 3 },
    right: 'rolledBack',
  },
  'errors x10 after three minutes': { fault: { errors: 10, afterMs: 18_000 }, right: 'rolledBack' },
  'healthy: the same again': { fault: {}, right: 'succeeded' },
  'healthy: one instance of three is noisy': {
    fault: { noisyOneOfThree: true },
    right: 'succeeded',
  },
  'healthy: traffic doubles meanwhile': { fault: {}, right: 'succeeded', doubles: true },
}
