/**
 * A counter as it was sampled: it only grows, until the process that counts is restarted. What it
 * grew by between two instants is read off a line through its samples, in whole events, and the
 * same instants always give the same numbers: adjoining spans neither miss nor repeat an event.
 */
export interface Point {
  readonly at: number
  /** One number, or a histogram's counts by bucket. */
  readonly values: readonly number[]
}

export interface Track {
  readonly points: readonly Point[]
}

/**
 * By how much these grew together, from `from` (out) to `to` (in); `width` numbers. `seenAt`: when
 * whoever counts was looked at and may have shown nothing yet, ascending. A track that begins after
 * such a look began at zero; one that begins without is counted from its first sample on.
 */
export function grown(
  tracks: readonly Track[],
  { from, to, seenAt, width }: Span & { readonly width: number },
): readonly number[] {
  const sums = [from, to].map(() => Array.from({ length: width }, () => 0))
  for (const track of tracks) {
    const points = whole(track, seenAt)
    for (const [i, at] of [from, to].entries()) {
      const sum = sums[i]
      for (const [k, value] of valuesAt(points, at).entries())
        if (sum !== undefined && k < width) sum[k] = (sum[k] ?? 0) + value
    }
  }
  const [before = [], after = []] = sums
  return after.map((value, k) => Math.max(0, tally(value) - tally(before[k] ?? 0)))
}

export interface Span {
  readonly from: number
  readonly to: number
  readonly seenAt: readonly number[]
}

/** Sums of thirds are whole again but for the last bits of a float. */
const tally = (value: number) => Math.floor(value + 1e-6)

/** The samples as one growing line: a value below the one before it began again at zero. */
function whole({ points }: Track, seenAt: readonly number[]): readonly Point[] {
  const [first] = points
  if (first === undefined) return []
  const zeroAt = seenAt.findLast((at) => at < first.at)
  const line: Point[] =
    zeroAt === undefined ? [] : [{ at: zeroAt, values: first.values.map(() => 0) }]
  let lost = first.values.map(() => 0)
  let last: Point | undefined
  for (const point of points) {
    const before = last
    if (before !== undefined && total(point) < total(before))
      lost = lost.map((value, k) => value + (before.values[k] ?? 0))
    line.push({ at: point.at, values: point.values.map((value, k) => value + (lost[k] ?? 0)) })
    last = point
  }
  return line
}

const total = ({ values }: Point) => values.reduce((sum, value) => sum + value, 0)

/** Before the first sample it is what that was, after the last what that is. */
function valuesAt(points: readonly Point[], at: number): readonly number[] {
  const i = points.findLastIndex((point) => point.at <= at)
  const [before, after] = [points[i], points[i + 1]]
  if (before === undefined) return after?.values ?? []
  if (after === undefined) return before.values
  const share = (at - before.at) / (after.at - before.at)
  return before.values.map((value, k) => value + ((after.values[k] ?? value) - value) * share)
}
