/**
 * Which blobs of a layout go when manifests go: theirs and their referrers', unless something that
 * stays names them too. Runs under the lock of index.json, so that nobody lists what is about to be
 * taken away. Blobs go first, from the inside out, and their entries last: a removal that was
 * interrupted finds everything that it had not done.
 */
import { readFile, rm } from 'node:fs/promises'
import { unlessAbsent } from '../shared/disk-fault.ts'
import { type Folders, blobPath } from './blobs.ts'
import { entryNamed } from './entries.ts'
import { type Descriptor, REF_NAME, referrersTag } from './manifests.ts'

type Entries = readonly Descriptor[]
type Unlink = (path: string) => Promise<void>

interface Disk {
  readonly folders: Folders
  readonly unlink: Unlink
}

/** The entries that stay; what only the others named is gone from the disk. */
export async function withoutManifests(
  folders: Folders,
  entries: Entries,
  digests: readonly string[],
  unlink: Unlink = (path) => rm(path, { force: true }),
): Promise<Entries> {
  const disk = { folders, unlink }
  for (const digest of digests) blobPath(folders, digest) // refuses what is no digest
  const going = new Set(digests)
  const tags = new Set(digests.map(referrersTag))
  const stay = entries.filter(
    ({ digest, annotations }) => !going.has(digest) && !tags.has(annotations?.[REF_NAME] ?? ''),
  )
  const needed = new Set<string>()
  for (const { digest } of stay) await collect(folders, digest, needed)
  const lists = digests.flatMap((digest) => entryNamed(entries, referrersTag(digest))?.digest ?? [])
  for (const list of lists) {
    for (const referrer of listedIn(await textOf(folders, list)))
      await removeManifest(disk, referrer, needed)
  }
  for (const digest of digests) await removeManifest(disk, digest, needed)
  for (const list of lists) await removeBlob(disk, list, needed)
  return stay.length === entries.length ? entries : stay
}

/** A manifest or a list, and whatever stands in it: rather a name too many than one too few. */
async function collect(folders: Folders, digest: string, into: Set<string>): Promise<void> {
  if (into.has(digest)) return
  into.add(digest)
  const text = await textOf(folders, digest)
  const listed = listedIn(text)
  for (const name of namesIn(text)) if (!listed.includes(name)) into.add(name)
  for (const each of listed) await collect(folders, each, into)
}

async function removeManifest(
  disk: Disk,
  digest: string,
  needed: ReadonlySet<string>,
): Promise<void> {
  if (needed.has(digest)) return
  const parts = partsIn(await textOf(disk.folders, digest))
  for (const part of parts) await removeBlob(disk, part, needed)
  await removeBlob(disk, digest, needed)
}

async function removeBlob(
  { folders, unlink }: Disk,
  digest: string,
  needed: ReadonlySet<string>,
): Promise<void> {
  if (!needed.has(digest)) await unlink(blobPath(folders, digest))
}

/** Empty when it is gone already. */
async function textOf(folders: Folders, digest: string): Promise<string> {
  return (await readFile(blobPath(folders, digest), 'utf8').catch(unlessAbsent)) ?? ''
}

const namesIn = (text: string): readonly string[] => text.match(/sha256:[0-9a-f]{64}/g) ?? []

interface Loose {
  readonly config?: unknown
  readonly layers?: unknown
  readonly manifests?: unknown
}

const listedIn = (text: string) => namesIn(JSON.stringify(looseOf(text).manifests ?? []))

/** Config and layers; not the subject, which goes or stays by itself. */
function partsIn(text: string): readonly string[] {
  const { config, layers } = looseOf(text)
  return namesIn(JSON.stringify([config, layers]))
}

function looseOf(text: string): Loose {
  try {
    return Object(JSON.parse(text)) as Loose
  } catch {
    // Gone, or no manifest at all: it names nothing that we put there.
    return {}
  }
}
