/**
 * Where a person stands on the line that percentages are cut from, and how it is cut. A place is
 * the hash of flag, salt and person, so it is the same on every server and after every restart. A
 * cut keeps what it can: whose share did not shrink keeps everybody it had.
 */
import type { FlagSpec, Segment } from '../events/flags.ts'

/** A thousandth of a percent: fine enough for the first step of a large service. */
export const PLACES = 100_000
/** After hundreds of cuts of many variants the line is cut afresh, and people change once. */
const SEGMENTS_MAX = 64

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

export function placeOf(flag: string, { salt }: Pick<FlagSpec, 'salt'>, person: string): number {
  return mixed(hash(`${flag}\n${salt}\n${person}`)) % PLACES
}

export function variantAt(segments: readonly Segment[], place: number): string | undefined {
  return segments.find(({ from, to }) => from <= place && place < to)?.variant
}

/** Percent by variant, cut from the line as it is cut now. */
export function cut(
  before: readonly Segment[],
  shares: Readonly<Record<string, number>>,
): readonly Segment[] {
  const wanted = Object.entries(shares).map(([name, share]) => [name, placesOf(share)] as const)
  const kept = wanted.flatMap(([name, places]) => first(before, name, places))
  const grown = wanted.reduce<readonly Segment[]>(
    (line, [name, places]) => grow(line, name, places),
    kept,
  )
  const line = joined(grown)
  return line.length > SEGMENTS_MAX && before.length > 0 ? cut([], shares) : line
}

const placesOf = (percent: number) => Math.round((percent * PLACES) / 100)
const lengthOf = (line: readonly Segment[]) =>
  line.reduce((sum, { from, to }) => sum + to - from, 0)

/** The lowest places that the variant has, as many as it may keep. */
function first(line: readonly Segment[], variant: string, places: number): readonly Segment[] {
  let left = places
  return line
    .filter((each) => each.variant === variant)
    .flatMap(({ from, to }) => {
      const end = Math.min(to, from + left)
      left -= Math.max(0, end - from)
      return end > from ? [{ variant, from, to: end }] : []
    })
}

function grow(line: readonly Segment[], variant: string, places: number): readonly Segment[] {
  let left = places - lengthOf(line.filter((each) => each.variant === variant))
  const taken = [...line].sort(byPlace)
  const grown: Segment[] = []
  let from = 0
  for (const next of [...taken, { from: PLACES, to: PLACES }]) {
    const to = Math.min(next.from, from + left)
    if (to > from) grown.push({ variant, from, to })
    left -= Math.max(0, to - from)
    from = next.to
  }
  return [...line, ...grown]
}

function joined(line: readonly Segment[]): readonly Segment[] {
  const out: Segment[] = []
  for (const each of [...line].sort(byPlace)) {
    const last = out.at(-1)
    if (last?.variant === each.variant && last.to === each.from)
      out[out.length - 1] = { ...last, to: each.to }
    else out.push(each)
  }
  return out
}

const byPlace = (a: Segment, b: Segment) => a.from - b.from

/** FNV-1a over UTF-16 units: no more is asked of it than that it spreads. */
function hash(text: string): number {
  let h = FNV_OFFSET
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h = Math.imul(h ^ (unit & 0xff), FNV_PRIME)
    h = Math.imul(h ^ (unit >>> 8), FNV_PRIME)
  }
  return h >>> 0
}

/** Murmur3's last step: without it, names that end alike stand close together. */
function mixed(h: number): number {
  let x = h
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
