/** The room's loops. */
import type { Reconciler } from '#engine/loop.ts'
import { leases } from './leases.ts'
import { flakyReconciler } from './flaky-cases.ts'
import { pipelines, type QueueNeeds } from './queue.ts'
import { type TestNeeds, testReconcilers } from './test-results.ts'

export function reconcilers(needs: QueueNeeds & TestNeeds): readonly Reconciler[] {
  return [pipelines(needs), leases(needs), ...testReconcilers(needs), flakyReconciler(needs)]
}
