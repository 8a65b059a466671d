/**
 * What a change does to the entries of index.json. Every manifest we made has an entry, named or
 * not, because other tools take what has none for rubbish.
 */
import { type Descriptor, REF_NAME } from './manifests.ts'

type Entries = readonly Descriptor[]

export function entryNamed(entries: Entries, name: string): Descriptor | undefined {
  return entries.find((entry) => nameOf(entry) === name)
}

/** The entries with this manifest among them; the same array when it already is. */
export function withManifest(entries: Entries, made: Descriptor): Entries {
  return entries.some((entry) => entry.digest === made.digest) ? entries : [...entries, made]
}

/**
 * The entries with the name on this manifest; the same array when it already is. The manifest that
 * had the name before stays, without it.
 */
export function withName(entries: Entries, named: Descriptor, name: string): Entries {
  const before = entryNamed(entries, name)
  if (before?.digest === named.digest) return entries
  // One entry says both that the manifest is here and what it is called.
  const others = entries.filter(
    (entry) => entry.digest !== named.digest || nameOf(entry) !== undefined,
  )
  const moved = withNameMoved(others, named, name)
  if (before === undefined) return moved
  const { annotations: _, ...nameless } = before
  return withManifest(moved, nameless)
}

/** The entries with the name on this manifest, and whatever had it before forgotten. */
export function withNameMoved(entries: Entries, named: Descriptor, name: string): Entries {
  const others = entries.filter((entry) => nameOf(entry) !== name)
  return [...others, { ...named, annotations: { [REF_NAME]: name } }]
}

const nameOf = (entry: Descriptor) => entry.annotations?.[REF_NAME]
