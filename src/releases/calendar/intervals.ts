/**
 * Spans of time and their algebra. All are half-open: the beginning is inside, the end is not, so
 * what ends as another begins neither overlaps it nor leaves a gap.
 */
export interface Interval {
  readonly startsAt: number
  readonly endsAt: number
}

/** Those that are in any of them, in their order, apart from one another. */
export function union(all: readonly Interval[]): Interval[] {
  const merged: Interval[] = []
  for (const next of [...all].sort((a, b) => a.startsAt - b.startsAt)) {
    const last = merged.at(-1)
    if (next.endsAt <= next.startsAt) continue
    if (last === undefined || next.startsAt > last.endsAt) merged.push(next)
    else if (next.endsAt > last.endsAt)
      merged[merged.length - 1] = { startsAt: last.startsAt, endsAt: next.endsAt }
  }
  return merged
}

/** What is in one of the first and in none of the second; both as `union` makes them. */
export function subtract(from: readonly Interval[], away: readonly Interval[]): Interval[] {
  const left: Interval[] = []
  let first = 0
  for (const { startsAt, endsAt } of from) {
    let begin = startsAt
    while ((away[first]?.endsAt ?? Infinity) <= begin) first++
    for (let i = first; begin < endsAt; i++) {
      const cut = away[i]
      if (cut === undefined || cut.startsAt >= endsAt) break
      if (cut.startsAt > begin) left.push({ startsAt: begin, endsAt: cut.startsAt })
      begin = Math.max(begin, cut.endsAt)
    }
    if (begin < endsAt) left.push({ startsAt: begin, endsAt })
  }
  return left
}

/** What of them lies in [from, to). */
export function clip(all: readonly Interval[], from: number, to: number): Interval[] {
  return all
    .map(({ startsAt, endsAt }) => ({
      startsAt: Math.max(startsAt, from),
      endsAt: Math.min(endsAt, to),
    }))
    .filter(({ startsAt, endsAt }) => startsAt < endsAt)
}

export function isIn({ startsAt, endsAt }: Interval, at: number): boolean {
  return startsAt <= at && at < endsAt
}
