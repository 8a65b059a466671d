/**
 * How much of the time a runner was there: good minutes of those that are known. Who left with a
 * word was not expected; who was lost was, until it came back. What no server looked at is unknown,
 * and shown as that: it is neither good nor bad.
 */
export interface Span {
  readonly is: 'good' | 'bad' | 'unknown'
  readonly from: number
  /** Absent: it lasts. */
  readonly to?: number | undefined
}

export interface Availability {
  readonly goodMs: number
  readonly knownMs: number
  readonly unknownMs: number
  /** Of what is known; null when nothing is. */
  readonly share: number | null
}

export function availability(spans: readonly Span[], from: number, to: number): Availability {
  const sums = { good: 0, bad: 0, unknown: 0 }
  for (const span of spans)
    sums[span.is] += Math.max(0, Math.min(to, span.to ?? to) - Math.max(from, span.from))
  const knownMs = sums.good + sums.bad
  return {
    goodMs: sums.good,
    knownMs,
    unknownMs: Math.max(0, to - from - knownMs),
    share: knownMs === 0 ? null : sums.good / knownMs,
  }
}

/** A stretch of a span that lasts becomes one of another kind. */
export function cut(
  spans: readonly Span[],
  piece: Span & { readonly to: number },
): readonly Span[] {
  const last = spans.at(-1)
  if (last === undefined || last.to !== undefined) return spans
  const from = Math.max(piece.from, last.from)
  const after = { is: last.is, from: Math.max(from, piece.to) }
  const before = from > last.from ? [{ ...last, to: from }] : []
  return [...spans.slice(0, -1), ...before, { ...piece, from, to: after.from }, after]
}

export function closed(spans: readonly Span[], at: number): readonly Span[] {
  const last = spans.at(-1)
  if (last === undefined || last.to !== undefined) return spans
  return [...spans.slice(0, -1), { ...last, to: Math.max(last.from, at) }]
}
