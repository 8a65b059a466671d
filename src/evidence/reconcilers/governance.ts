/** The loops of governance. */
import type { Reconciler } from '#engine/loop.ts'
import { reviewKeeper, type ReviewNeeds } from './access-reviews.ts'
import { type RetentionNeeds, retentionSweep } from './retention.ts'
import { snapshotKeeper, type SnapshotNeeds } from './snapshots.ts'

export type GovernanceLoops = SnapshotNeeds & ReviewNeeds & RetentionNeeds

export const governanceLoops = (needs: GovernanceLoops): readonly Reconciler[] => [
  snapshotKeeper(needs),
  reviewKeeper(needs),
  retentionSweep(needs),
]
