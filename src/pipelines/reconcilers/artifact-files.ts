/**
 * Throws away the files of artifacts that no run keeps any more, and of uploads that no job ever
 * named. It compares what lies there with what is published; nobody has to have told it.
 */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import type { RunEvent } from '../events.ts'
import type { ArtifactFiles } from '../ports.ts'
import { keptDigests, nextExpiry } from '../queries/run-artifacts.ts'

/** Longer than any upload waits for the end of its job to name it. */
const UNNAMED_MS = 24 * 60 * 60 * 1000
/** Looks go through a folder each: what expires one by one is thrown away together. */
const LOOK_MS_MIN = 60 * 60 * 1000
const ALL = 'all'

export interface ArtifactFilesNeeds {
  readonly engine: Engine
  readonly kept: ArtifactFiles
  /** For tests: how old a file must be. */
  readonly unnamedMs?: number
  /** Of these, what is kept whatever its time; filled by whoever knows of legal holds. */
  held?(
    reads: Engine['reads'],
    digests: readonly string[],
    now: number,
  ): Promise<ReadonlySet<string>>
  now(): number
}

export function artifactFiles(needs: ArtifactFilesNeeds): Reconciler {
  const { engine, kept, now, unnamedMs = UNNAMED_MS } = needs
  return defineReconciler<RunEvent>({
    kind: 'artifact-files',
    concurrency: 1,
    hears: ['run'],
    wokenBy: ({ event }) => (event.type === 'run.artifactPublished' ? [ALL] : []),
    async reconcile(_, { signal }) {
      for await (const digests of kept.old(unnamedMs)) {
        const wanted = await keptDigests(engine.reads, digests, now())
        const held = await needs.held?.(engine.reads, digests, now())
        for (const digest of digests) {
          if (signal.aborted) return { at: now() }
          if (!wanted.has(digest) && held?.has(digest) !== true)
            await kept.discard(digest, unnamedMs)
        }
      }
      const expiry = (await nextExpiry(engine.reads, now())) ?? Infinity
      const soonest = now() + Math.min(LOOK_MS_MIN, unnamedMs)
      return { at: Math.max(soonest, Math.min(expiry, now() + UNNAMED_MS)) }
    },
  })
}
