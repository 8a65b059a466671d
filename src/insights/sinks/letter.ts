/**
 * A dead letter: a message that a sink could not be told. It is put aside so that those behind it
 * go on, and stays until a person has it delivered once more, under the id it always had.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

export interface Buried {
  readonly sink: string
  /** Its id, the same whenever it is sent. */
  readonly message: string
  readonly kind: string
  readonly subject: string
  /** The event of ours that it tells. */
  readonly stream: string
  readonly version: number
  readonly reason: string
  readonly attempts: number
}

export type LetterEvent =
  | (Fact & Buried & { readonly type: 'letter.buried' })
  | (Fact & { readonly type: 'letter.redeliveryRequested' })
  | (Fact & { readonly type: 'letter.delivered' })

export type LetterCommand =
  | (Fact & Buried & { readonly type: 'letter.bury' })
  | (Fact & { readonly type: 'letter.redeliver' })
  | (Fact & { readonly type: 'letter.deliver' })

export interface LetterState {
  readonly status: 'none' | 'buried' | 'requested' | 'delivered'
  readonly buried: Buried | undefined
}

export type LetterRefusal = 'letter.not-buried'
type Answer = readonly LetterEvent[] | Rejection<LetterRefusal>

export const letter: Decider<LetterState, LetterCommand, LetterEvent, LetterRefusal> = {
  initial: { status: 'none', buried: undefined },
  decide(command, { status }): Answer {
    switch (command.type) {
      case 'letter.bury':
        // Whoever died between putting it aside and moving on does it again.
        return status === 'none' || status === 'requested'
          ? [{ ...command, type: 'letter.buried' }]
          : []
      case 'letter.redeliver':
        if (status === 'requested') return []
        return status === 'buried'
          ? [{ ...command, type: 'letter.redeliveryRequested' }]
          : reject(
              'letter.not-buried',
              'No such message was put aside, or it has been delivered since.',
              'See `signalbox sinks letters` for those that wait.',
            )
      case 'letter.deliver':
        return status === 'requested' ? [{ ...command, type: 'letter.delivered' }] : []
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'letter.buried': {
        const { type: _, at: __, by: ___, ...buried } = event
        return { status: 'buried', buried }
      }
      case 'letter.redeliveryRequested':
        return { ...state, status: 'requested' }
      case 'letter.delivered':
        return { ...state, status: 'delivered' }
    }
  },
}

export const letters = { kind: 'letter', decider: letter } as const

export const letterId = (sink: string, message: string) => `${sink}:${message}`

/** A connection's name holds no colon. */
export const sinkOf = (letter: string) => letter.slice(0, letter.indexOf(':'))
