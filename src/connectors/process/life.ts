/**
 * An instance's states and the rules between them, without process or clock.
 *
 *     starting ──200──▶ ready ──3 misses──▶ unhealthy ──200──▶ ready
 *        │ 60 s without one ─────────────────▶ │
 *        └──────────── process ends ───────────┴──▶ exited ──back-off──▶ starting
 */
export interface Life {
  readonly state: 'starting' | 'ready' | 'unhealthy' | 'exited'
  /** When the state began. */
  readonly sinceMs: number
  /** Health probes missed in a row. */
  readonly misses: number
  /** Ends in a row, each soon after the start. */
  readonly crashes: number
}

/** One slow answer is no illness; three in a row, two seconds each, are. */
export const MISSES_MAX = 3
/** A service that needs longer than a minute to come up fails any rollout's patience. */
export const START_MS = 60_000
/** Whoever stayed ready for so long has not been crash-looping. */
export const SETTLED_MS = 30_000
const BACKOFF_FIRST_MS = 250
const BACKOFF_MAX_MS = 10_000

export function born(nowMs: number, crashes = 0): Life {
  return { state: 'starting', sinceMs: nowMs, misses: 0, crashes }
}

export function probed(life: Life, isHealthy: boolean, nowMs: number): Life {
  if (life.state === 'exited') return life
  if (isHealthy) {
    if (life.state !== 'ready') return { ...life, state: 'ready', sinceMs: nowMs, misses: 0 }
    const isSettled = nowMs - life.sinceMs >= SETTLED_MS
    return { ...life, misses: 0, crashes: isSettled ? 0 : life.crashes }
  }
  const misses = life.misses + 1
  const isOver = life.state === 'ready' ? misses >= MISSES_MAX : nowMs - life.sinceMs >= START_MS
  if (life.state === 'unhealthy' || !isOver) return { ...life, misses }
  return { ...life, state: 'unhealthy', sinceMs: nowMs, misses }
}

export function ended(life: Life, nowMs: number): Life {
  return { state: 'exited', sinceMs: nowMs, misses: 0, crashes: life.crashes + 1 }
}

/** Doubles from a quarter of a second to ten; `jitter` in 0…1 spreads instances by a quarter. */
export function backoffMs(crashes: number, jitter: number): number {
  const doubled = BACKOFF_FIRST_MS * 2 ** Math.min(Math.max(crashes - 1, 0), 10)
  return Math.min(doubled, BACKOFF_MAX_MS) * (0.75 + jitter / 2)
}
