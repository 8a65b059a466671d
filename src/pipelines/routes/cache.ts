/** The cache as runners ask for it: by scope, and never with a blob in it that is not itself. */
import { type Asker, readScopes, writeScope } from '../cache/scopes.ts'
import type { BlobStore, CacheIndex } from '../ports.ts'
import { blobsIn, cacheManifest, outputsList } from '../protocol/outputs.ts'
import { blobDocument } from '../queries/blob-document.ts'
import type { RunRow } from '../queries.ts'

type Run = Pick<RunRow, 'service' | 'branch' | 'state'>

interface Stores {
  readonly cache: CacheIndex
  readonly blobs: BlobStore
}

/** The first that is there, whole; one that is not is forgotten, so that the job runs again. */
export async function cachedFor(
  { cache, blobs }: Stores,
  run: Run,
  lease: string,
  key: string,
): Promise<string | undefined> {
  for (const scope of readScopes(askerOf(run, lease))) {
    const manifest = await cache.get(scope, key)
    if (manifest === undefined) continue
    if (await isWhole(blobs, manifest)) return manifest
    await cache.drop(scope, key)
  }
  return undefined
}

/** Who may not write is told that all is well, and nobody ever reads what it made. */
export async function keepFor(
  cache: CacheIndex,
  run: Run,
  lease: string,
  key: string,
  manifest: string,
): Promise<void> {
  const scope = writeScope(askerOf(run, lease))
  if (scope !== undefined) await cache.put(scope, key, manifest)
}

function askerOf({ service, branch, state }: Run, lease: string): Asker {
  const { base, defaultBranch } = state
  const job = state.jobs.find((each) => each.status === 'leased' && each.lease === lease)
  return { service, branch, base, defaultBranch, cache: job?.spec.cache }
}

/** Everything that a hit would have others restore is here, and is what its name says. */
async function isWhole(blobs: BlobStore, manifest: string): Promise<boolean> {
  const hit = cacheManifest.safeParse(await wholeDocument(blobs, manifest))
  if (!hit.success) return false
  const { outputs } = hit.data
  if (outputs === undefined) return true
  const list = outputsList.safeParse(await wholeDocument(blobs, outputs))
  if (!list.success) return false
  for (const digest of blobsIn(list.data.files)) if (!(await blobs.isWhole(digest))) return false
  return true
}

/** Looked at first, so that a damaged one is not only refused but gone. */
const wholeDocument = async (blobs: BlobStore, digest: string): Promise<unknown> =>
  (await blobs.isWhole(digest)) ? blobDocument(blobs, digest) : undefined
