/** The loops of governance. */
import type { Reconciler } from '#engine/loop.ts'
import { snapshotKeeper, type SnapshotNeeds } from './snapshots.ts'

export type GovernanceLoops = SnapshotNeeds

export const governanceLoops = (needs: GovernanceLoops): readonly Reconciler[] => [
  snapshotKeeper(needs),
]
