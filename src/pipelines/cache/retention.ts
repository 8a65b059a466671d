/**
 * What of the cache is given up: what nobody asked for in a long time, and when there is too much,
 * what was not asked for longest. Nothing in it is needed: whatever is missing is made again.
 */

/** An entry with everything that it has others restore, the manifest among them. */
export interface Weighed {
  readonly id: string
  readonly usedAt: number
  readonly blobs: ReadonlyMap<string, number>
}

export interface Bounds {
  readonly now: number
  readonly ageMs: number
  readonly bytesMax: number
}

export interface Kept {
  readonly dropped: readonly string[]
  /** Of entries that stay. */
  readonly blobs: ReadonlySet<string>
  readonly sizeBytes: number
}

/** A blob that several entries share weighs once. */
export function keepWithin(entries: readonly Weighed[], { now, ageMs, bytesMax }: Bounds): Kept {
  const blobs = new Set<string>()
  const dropped: string[] = []
  let sizeBytes = 0
  let isFull = false
  for (const entry of entries.toSorted((a, b) => b.usedAt - a.usedAt)) {
    const own = [...entry.blobs].filter(([digest]) => !blobs.has(digest))
    const more = own.reduce((all, [, size]) => all + size, 0)
    // Past the first that does not fit none is kept: a small one is no more wanted than a large.
    isFull ||= sizeBytes + more > bytesMax
    if (isFull || now - entry.usedAt > ageMs) {
      dropped.push(entry.id)
      continue
    }
    sizeBytes += more
    for (const [digest] of own) blobs.add(digest)
  }
  return { dropped, blobs, sizeBytes }
}
