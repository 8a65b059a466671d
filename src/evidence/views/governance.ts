/** The tables of governance, in one list. */
import type { View } from '#engine/views.ts'
import { accessReviewsView } from './access-reviews.ts'
import { logFactsView } from './log-facts.ts'
import { droppedLogsView, legalHoldsView } from './retention.ts'
import { snapshotsView } from './snapshots.ts'
import { timestampsView } from './timestamps.ts'

export const governanceViews: readonly View[] = [
  snapshotsView,
  accessReviewsView,
  timestampsView,
  logFactsView,
  legalHoldsView,
  droppedLogsView,
]
