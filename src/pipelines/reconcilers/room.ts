/** The room's loops. */
import type { Reconciler } from '#engine/loop.ts'
import { leases } from './leases.ts'
import { pipelines, type QueueNeeds } from './queue.ts'

export function reconcilers(needs: QueueNeeds): readonly Reconciler[] {
  return [pipelines(needs), leases(needs)]
}
