/** The room's loops. */
import type { Reconciler } from '#engine/loop.ts'
import { artifactFiles, type ArtifactFilesNeeds } from './artifact-files.ts'
import { leases } from './leases.ts'
import { fleet } from './fleet.ts'
import { flakyReconciler } from './flaky-cases.ts'
import type { QueueNeeds } from './queue-run.ts'
import { pipelines } from './queue.ts'
import { type TestNeeds, testReconcilers } from './test-results.ts'
import { turns } from './turns.ts'

export function reconcilers(
  needs: QueueNeeds & TestNeeds & ArtifactFilesNeeds,
): readonly Reconciler[] {
  const own = [pipelines(needs), leases(needs), turns(needs), artifactFiles(needs), fleet(needs)]
  return [...own, ...testReconcilers(needs), flakyReconciler(needs)]
}
