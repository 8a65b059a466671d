/** The room's loops. */
import type { Reconciler } from '#engine/loop.ts'
import { artifactFiles, type ArtifactFilesNeeds } from './artifact-files.ts'
import { type CacheNeeds, cacheReconciler } from './cache.ts'
import { leases } from './leases.ts'
import { type AdoptionNeeds, adoptions } from './adoptions.ts'
import { fleet } from './fleet.ts'
import { flakyReconciler } from './flaky-cases.ts'
import type { QueueNeeds } from './queue-run.ts'
import { pipelines } from './queue.ts'
import { type TestNeeds, testReconcilers } from './test-results.ts'
import { turns } from './turns.ts'

export function reconcilers(
  needs: QueueNeeds & TestNeeds & CacheNeeds & AdoptionNeeds & ArtifactFilesNeeds,
): readonly Reconciler[] {
  const running = [pipelines(needs), leases(needs), turns(needs), fleet(needs)]
  const own = [...running, cacheReconciler(needs), artifactFiles(needs), adoptions(needs)]
  return [...own, ...testReconcilers(needs), flakyReconciler(needs)]
}
