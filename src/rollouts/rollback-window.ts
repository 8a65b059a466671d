/**
 * How a rollback travels. What ran here not long ago is known to work with its surroundings, so it
 * goes back at once. What ran long ago was never seen with what surrounds it today: it goes as
 * something new would, with all that something new needs.
 */
import { formatDuration } from '#kernel/duration.ts'

export interface RollbackWindow {
  /** Releases back, counted by what was validated in the slot. */
  readonly revisions: number
  /** Since it was last validated there. */
  readonly ms: number
}

export interface RollbackPath {
  /** `fast`: at once and whole, its health is all that is looked at. `forward`: as a promotion. */
  readonly path: 'fast' | 'forward'
  readonly why: string
}

/** Either is enough: a service that is seldom released is as well known as one released hourly. */
export function rollbackPath(
  { revisions, ms }: RollbackWindow,
  { behind, ageMs }: { readonly behind: number; readonly ageMs: number },
): RollbackPath {
  const isInside = behind <= revisions || ageMs <= ms
  const ran = ageMs < MINUTE_MS ? 'just now' : `${formatDuration(roundOf(ageMs))} ago`
  const far = `${behind} ${behind === 1 ? 'revision' : 'revisions'} back, validated ${ran}`
  const window = `the rollback window of ${revisions} revisions or ${formatDuration(ms)}`
  return isInside
    ? { path: 'fast', why: `${far}: inside ${window}` }
    : { path: 'forward', why: `${far}: outside of ${window}` }
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Nobody wants to read seconds of a month. */
function roundOf(ms: number): number {
  const unit = ms < 48 * HOUR_MS ? MINUTE_MS : 24 * HOUR_MS
  return Math.floor(ms / unit) * unit
}
