/**
 * The line of a service's releases, each pointing at the one before. Says what lies between two of
 * them: whoever wrote any of that may not approve it.
 */
export interface Link {
  readonly release: string
  readonly previous: string | null
}

/**
 * Releases in (after..upTo], oldest first. Nothing when `upTo` is `after` or lies before it; the
 * whole line up to `upTo` when the two are on different lines: rather too much than too little.
 */
export function releasesBetween(
  links: readonly Link[],
  after: string | null,
  upTo: string,
): readonly string[] {
  const previousOf = new Map(links.map(({ release, previous }) => [release, previous]))
  const line = lineOf(previousOf, upTo)
  const reached = after === null ? -1 : line.indexOf(after)
  if (reached >= 0) return line.slice(0, reached).reverse()
  const isBehind = after !== null && lineOf(previousOf, after).includes(upTo)
  return isBehind ? [] : line.reverse()
}

/** From the release back to the first, each once even if the links went in a circle. */
function lineOf(previousOf: ReadonlyMap<string, string | null>, from: string): string[] {
  const line = new Set<string>()
  for (
    let at: string | null | undefined = from;
    at !== null && at !== undefined && previousOf.has(at) && !line.has(at);
    at = previousOf.get(at)
  )
    line.add(at)
  return [...line]
}
