/** Checkpoints with what authorities said of them. */
import { defineView } from '#engine/views.ts'
import type { TimestampEvent, TimestampReceived } from '../events/timestamps.ts'
import { timestampId } from '../timestamps/timestamp.ts'

export interface TimestampRow extends Omit<TimestampReceived, 'type' | 'at' | 'by'> {
  readonly id: string
}

export const timestampsView = defineView<TimestampRow, TimestampEvent>({
  name: 'timestamps',
  version: 1,
  reads: ['timestamp'],
  columns: {
    id: 'text',
    authority: 'text',
    epoch: 'integer',
    size: 'bigint',
    checkpoint: 'text',
    reply: 'text',
    seenAt: 'timestamptz',
  },
  key: ['id'],
  indexes: [['epoch', 'size']],
  rows: ({ event }) => [[timestampId(event)]],
  fold(_, { event }) {
    const { authority, epoch, size, checkpoint, reply, seenAt } = event
    return { id: timestampId(event), authority, epoch, size, checkpoint, reply, seenAt }
  },
})
