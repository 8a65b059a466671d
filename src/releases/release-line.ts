/**
 * How a service's releases descend from one another: each points at the one before, and at the ends
 * of other lines that were merged into it. Says what lies between two of them: whoever wrote any of
 * that may not approve it.
 */
export interface Link {
  readonly release: string
  readonly previous: string | null
  readonly merges: readonly string[]
}

/**
 * Releases in (after..upTo], oldest first. Nothing when `upTo` is `after` or lies before it; all
 * that lies behind `upTo` when the two are on different lines: rather too much than too little.
 */
export function releasesBetween(
  links: readonly Link[],
  after: string | null,
  upTo: string,
): readonly string[] {
  const linkOf = new Map(links.map((link) => [link.release, link]))
  const behind = behindOf(linkOf, upTo)
  if (after === null) return behind
  const known = behindOf(linkOf, after)
  if (known.includes(upTo)) return []
  if (!behind.includes(after)) return behind
  const there = new Set(known)
  return behind.filter((release) => !there.has(release))
}

/** Those that no other of them has behind it. */
export function headsOf(links: readonly Link[]): readonly string[] {
  const passed = new Set(links.flatMap(parentsOf))
  return links.map(({ release }) => release).filter((release) => !passed.has(release))
}

const parentsOf = ({ previous, merges }: Link) => [...(previous ? [previous] : []), ...merges]

/** The release and all behind it, each after what it came of, even if links went in a circle. */
function behindOf(linkOf: ReadonlyMap<string, Link>, from: string): string[] {
  const line: string[] = []
  const seen = new Set<string>()
  // No recursion: a line may be thousands long.
  const stack = [{ release: from, isDone: false }]
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const link = linkOf.get(at.release)
    if (at.isDone) line.push(at.release)
    if (at.isDone || link === undefined || seen.has(at.release)) continue
    seen.add(at.release)
    stack.push({ release: at.release, isDone: true })
    for (const parent of parentsOf(link)) stack.push({ release: parent, isDone: false })
  }
  return line
}
