/** Messages that were put aside, a row each until they are delivered. */
import { defineView } from '#engine/views.ts'
import type { Buried, LetterEvent } from '../sinks/letter.ts'

export interface LetterRow extends Buried {
  readonly letter: string
  readonly at: number
  /** A person wished for it, and it is on its way. */
  readonly requested: boolean
}

export const sinkLetters = defineView<LetterRow, LetterEvent>({
  name: 'sink_letters',
  version: 1,
  reads: ['letter'],
  columns: {
    letter: 'text',
    sink: 'text',
    message: 'text',
    kind: 'text',
    subject: 'text',
    stream: 'text',
    version: 'integer',
    reason: 'text',
    attempts: 'integer',
    at: 'timestamptz',
    requested: 'boolean',
  },
  key: ['letter'],
  indexes: [['sink', 'at']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    switch (event.type) {
      case 'letter.buried': {
        const { type: _, by: __, ...buried } = event
        return { letter: id, ...buried, requested: false }
      }
      case 'letter.redeliveryRequested':
        return row && { ...row, requested: true }
      case 'letter.delivered':
        return undefined
    }
  },
})
