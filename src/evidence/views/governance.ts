/** The tables of governance, in one list. */
import type { View } from '#engine/views.ts'
import { accessReviewsView } from './access-reviews.ts'
import { snapshotsView } from './snapshots.ts'

export const governanceViews: readonly View[] = [snapshotsView, accessReviewsView]
