/**
 * The server's time, as near as answers tell it: countdowns and ages are about its instants, and
 * this machine's clock may be wrong. A `Date` header has whole seconds, so less is not corrected.
 */
const TOLERATED_MS = 2_000

let offsetMs = 0

export function serverNow(): number {
  return Date.now() + offsetMs
}

export function noteServerTime(header: string | null): void {
  offsetMs = offsetOf(header, Date.now())
}

/** What to add to this machine's clock. */
export function offsetOf(header: string | null, now: number): number {
  const said = header === null ? Number.NaN : Date.parse(header)
  const difference = said - now
  return Number.isFinite(difference) && Math.abs(difference) > TOLERATED_MS ? difference : 0
}
