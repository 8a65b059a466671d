/** Vectors that were validated, each with when it last was. */
import { defineView } from '#engine/views.ts'
import type { VectorEvent, VectorMember } from '../events/vectors.ts'

export interface VectorRow {
  readonly environment: string
  readonly digest: string
  readonly validatedAt: number
  readonly members: readonly VectorMember[]
}

export const vectorsView = defineView<VectorRow, VectorEvent>({
  name: 'vectors',
  version: 1,
  reads: ['vector'],
  columns: { environment: 'text', digest: 'text', validatedAt: 'timestamptz', members: 'jsonb' },
  key: ['environment', 'digest'],
  indexes: [['environment', 'validatedAt']],
  rows: ({ event }) => [[event.environment, event.digest]],
  fold: (_, { event: { environment, digest, at: validatedAt, members } }) => ({
    ...{ environment, digest, validatedAt, members },
  }),
})
