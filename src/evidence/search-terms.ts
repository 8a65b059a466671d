/**
 * What somebody who types into a search box may mean: ids, hashes and versions are known by their
 * form, everything else is part of a name. People paste them with quotes, spaces and cut short.
 */
export interface SearchTerms {
  /** `run_…`, `rel_…` and their like, whole. */
  readonly ids: readonly string[]
  /** The beginning of a commit's or a digest's hash, seven digits at least. */
  readonly hashes: readonly string[]
  /** `1.4`, `v1.4.0`: how a version begins. */
  readonly versions: readonly string[]
  /** `SHOP-12`, `#34`: what commits name. */
  readonly tickets: readonly string[]
  /** Parts of a service's name. */
  readonly names: readonly string[]
}

/** Nobody means more than these. */
const WORDS_MAX = 8

export function searchTerms(text: string): SearchTerms {
  const words = text
    .toLowerCase()
    .split(/[\s,;"'`@]+/)
    .filter((word) => word !== '')
    .slice(0, WORDS_MAX)
  const isId = (word: string) => /^[a-z]{3}_[0-9a-z]+$/.test(word)
  const isVersion = (word: string) => /^v?\d+(\.\d+)*\.?(-[0-9a-z.-]*)?$/.test(word)
  const isTicket = (word: string) => /^(#\d{1,9}|[a-z][a-z0-9]{1,19}-\d{1,9})$/.test(word)
  const hashes = words.flatMap((word) => /^(?:sha256:)?([0-9a-f]{7,64})$/.exec(word)?.[1] ?? [])
  return {
    ids: words.filter(isId),
    hashes,
    versions: words.filter(isVersion).map((word) => word.replace(/^v/, '')),
    tickets: words.filter(isTicket).map((word) => word.toUpperCase()),
    names: words.filter((word) => !isId(word) && !isVersion(word) && !/^(sha256:|#)/.test(word)),
  }
}

/** Names that have every part in them, those that begin with the first of them before the rest. */
export function matching<T extends { readonly name: string }>(
  all: readonly T[],
  parts: readonly string[],
): readonly T[] {
  const [first] = parts
  if (first === undefined) return []
  const found = all.filter(({ name }) => parts.every((part) => name.toLowerCase().includes(part)))
  const begins = ({ name }: T) => Number(name.toLowerCase().startsWith(first))
  return found.toSorted((a, b) => begins(b) - begins(a) || a.name.length - b.name.length)
}
