/**
 * Keeps the cache within its bounds. Entries go first, then the blobs that none of those that stay
 * names, unless somebody asked for them a moment ago: a run under way may be about to restore them.
 * Of runs that ended long ago the outputs go too, cached or not.
 */
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { keepWithin, type Weighed } from '../cache/retention.ts'
import type { RunEvent } from '../events.ts'
import type { BlobStore, CacheEntry, CacheIndex } from '../ports.ts'
import { blobsIn, cacheManifest, outputsList } from '../protocol/outputs.ts'
import { blobDocument } from '../queries/blob-document.ts'
import { outputsOfRunsBefore } from '../queries/outputs.ts'

export interface CacheNeeds {
  readonly engine: Engine
  readonly blobs: BlobStore
  readonly cache: CacheIndex
  readonly log: Logger
  readonly cacheBounds?: { readonly ageMs: number; readonly bytesMax: number } | undefined
  /** Of these, what something else than the cache still needs. */
  readonly isNeeded?: ((digest: string) => Promise<boolean>) | undefined
  now(): number
}

const DAY_MS = 24 * 60 * 60 * 1000
const BOUNDS = { ageMs: 30 * DAY_MS, bytesMax: 20 * 1024 ** 3 }
/** What it costs grows with the cache; what it gains, with time. */
const LOOK_MS = 60 * 60 * 1000
/** A job waits at most a day for a runner. */
const GRACE_MS = 2 * DAY_MS
const RUNS_AT_ONCE_MAX = 200

export function cacheReconciler(needs: CacheNeeds): Reconciler {
  let lookedAt = -Infinity
  let cursor = 0
  return defineReconciler<RunEvent>({
    kind: 'cache',
    concurrency: 1,
    hears: ['run'],
    wokenBy: ({ event }) => (event.type === 'run.finished' ? ['all'] : []),
    async reconcile(_, { signal }) {
      const now = needs.now()
      if (now - lookedAt < LOOK_MS) return { at: lookedAt + LOOK_MS }
      const { blobs } = await sweepEntries(needs, signal)
      const { ageMs } = needs.cacheBounds ?? BOUNDS
      const old = await outputsOfRunsBefore(needs.engine.reads, {
        after: cursor,
        before: now - Math.max(ageMs, GRACE_MS),
        limit: RUNS_AT_ONCE_MAX,
      })
      for (const outputs of old.outputs) {
        if (signal.aborted) return { at: now }
        await removeUnless(needs, blobs, await blobsOf(needs.blobs, { outputs }))
      }
      cursor = old.until ?? cursor
      if (old.until !== undefined) return { at: now }
      lookedAt = now
      return undefined
    },
  })
}

async function sweepEntries(needs: CacheNeeds, signal: AbortSignal) {
  const { blobs, cache, cacheBounds = BOUNDS, log, now } = needs
  const all: Weighed[] = []
  for await (const entry of cache.entries()) all.push(await weigh(blobs, entry))
  const kept = keepWithin(all, { ...cacheBounds, now: now() })
  const dropped = new Set(kept.dropped)
  for (const entry of all) {
    if (!dropped.has(entry.id) || signal.aborted) continue
    await cache.remove(entry.id)
    await removeUnless(needs, kept.blobs, entry.blobs.keys())
  }
  if (dropped.size > 0) log.info({ entries: dropped.size, left: kept.sizeBytes }, 'cache pruned')
  return kept
}

async function weigh(blobs: BlobStore, entry: CacheEntry): Promise<Weighed> {
  const named = await blobsOf(blobs, { manifest: entry.manifest })
  const sizes = new Map<string, number>()
  for (const digest of named) sizes.set(digest, (await blobs.facts(digest))?.sizeBytes ?? 0)
  return { ...entry, blobs: sizes }
}

async function removeUnless(
  { blobs, isNeeded, now }: CacheNeeds,
  kept: ReadonlySet<string>,
  digests: Iterable<string>,
): Promise<void> {
  for (const digest of digests) {
    if (kept.has(digest) || (await isNeeded?.(digest)) === true) continue
    const facts = await blobs.facts(digest)
    if (facts !== undefined && now() - facts.usedAt > GRACE_MS) await blobs.remove(digest)
  }
}

/** Every blob that a hit, or a list of outputs, stands for. What cannot be read names nothing. */
async function blobsOf(
  blobs: BlobStore,
  at: { readonly manifest?: string; readonly outputs?: string },
): Promise<readonly string[]> {
  const { manifest } = at
  const hit = manifest && cacheManifest.safeParse(await blobDocument(blobs, manifest))
  const outputs = at.outputs ?? (hit && hit.success ? hit.data.outputs : undefined)
  const own = [manifest, outputs].filter((one) => one !== undefined)
  if (outputs === undefined) return own
  const list = outputsList.safeParse(await blobDocument(blobs, outputs))
  return list.success ? [...own, ...blobsIn(list.data.files)] : own
}
