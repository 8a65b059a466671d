/** A journey: some steps, each with an effect in the world; the smallest thing that can go wrong. */
import type { Decider } from '#kernel/decider.ts'

export const STEPS = 5

type Facts = { readonly at: number; readonly by: string }
type Command =
  | (Facts & { readonly type: 'journey.begin' })
  | (Facts & { readonly type: 'journey.step'; readonly step: number })
export type JourneyEvent =
  | (Facts & { readonly type: 'journey.begun' })
  | (Facts & { readonly type: 'journey.stepped'; readonly step: number })

export interface Journey {
  readonly begun: boolean
  readonly step: number
}

const decider: Decider<Journey, Command, JourneyEvent> = {
  initial: { begun: false, step: 0 },
  decide(command, state) {
    const { at, by } = command
    if (command.type === 'journey.begin')
      return state.begun ? [] : [{ type: 'journey.begun', at, by }]
    // A step that was done already, or whose turn it is not, is nobody's news.
    if (!state.begun || command.step !== state.step + 1) return []
    return [{ type: 'journey.stepped', at, by, step: command.step }]
  },
  evolve: (state, event) =>
    event.type === 'journey.begun' ? { ...state, begun: true } : { ...state, step: event.step },
}

export const journeys = { kind: 'journey', decider } as const
