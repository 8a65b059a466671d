/**
 * Counts that forget: every tick keeps a fixed part of what came before. One form for the
 * baseline's long memory, the canary's recent past and the guardrail's few seconds.
 */
export interface Fading {
  readonly requests: number
  readonly bad: number
}

export const NOTHING: Fading = { requests: 0, bad: 0 }

/** `keep` is the part of the past that stays, 0 to 1. */
export function fade(past: Fading, keep: number, now: Fading): Fading {
  return {
    requests: round(past.requests * keep + now.requests),
    bad: round(past.bad * keep + now.bad),
  }
}

/** A ten-thousandth of a request is below any noise, and keeps the state's figures short. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

/** Bad requests per request; 0 when there were none to judge by. */
export function shareOf(counts: Fading): number {
  return counts.requests > 0 ? counts.bad / counts.requests : 0
}
