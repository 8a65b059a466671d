/** Slots as they were last seen to run. */
import { defineView } from '#engine/views.ts'
import type { SnapshotEvent, Untraced } from '../events/snapshots.ts'
import { snapshot, type SnapshotState } from '../snapshots/snapshot.ts'

export interface SnapshotRow {
  readonly id: string
  readonly service: string
  readonly environment: string
  /** When something last was another. */
  readonly changedAt: number
  readonly artifacts: readonly string[]
  readonly untraced: readonly { readonly of: Untraced; readonly at: number }[]
  readonly isClean: boolean
}

export const snapshotsView = defineView<SnapshotRow, SnapshotEvent>({
  name: 'snapshots',
  version: 1,
  reads: ['snapshot'],
  columns: {
    id: 'text',
    service: 'text',
    environment: 'text',
    changedAt: 'timestamptz',
    artifacts: 'jsonb',
    untraced: 'jsonb',
    isClean: 'boolean',
  },
  key: ['id'],
  indexes: [['isClean']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    const before: SnapshotState = row ?? snapshot.initial
    const { artifacts, untraced } = snapshot.evolve(before, event)
    const { service, environment, at: changedAt } = event
    const isClean = untraced.length === 0
    return { id, service, environment, changedAt, artifacts, untraced, isClean }
  },
})
