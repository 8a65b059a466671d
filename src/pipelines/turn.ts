/**
 * The turn of a concurrency group. One run has it; of those that wait only the newest is kept,
 * because what it would do contains what the others would have done. Whoever is passed over is told
 * so, and cancelled; it never had the turn, so it did nothing.
 */
import type { Decider } from '#kernel/decider.ts'
import type { TurnCommand } from './commands.ts'
import type { TurnEvent } from './events.ts'

export interface Waiting {
  readonly run: string
  readonly queuedAt: number
  readonly cancelInProgress: boolean
}

export interface TurnState {
  readonly holder?: { readonly run: string; readonly queuedAt: number }
  readonly waiting?: Waiting
}

export const turn: Decider<TurnState, TurnCommand, TurnEvent> = {
  initial: {},
  decide(command, state) {
    switch (command.type) {
      case 'turn.ask':
        return ask(command, state)
      case 'turn.give':
        return give(command, state)
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'turn.taken': {
        const { run, queuedAt } = event
        const { waiting } = state
        const holder = { run, queuedAt }
        return waiting === undefined || waiting.run === run ? { holder } : { holder, waiting }
      }
      case 'turn.awaited': {
        const { run, queuedAt, cancelInProgress } = event
        return { ...state, waiting: { run, queuedAt, cancelInProgress } }
      }
      case 'turn.passedOver':
        return state
      case 'turn.given': {
        const { holder, waiting } = state
        return {
          ...(holder !== undefined && holder.run !== event.run && { holder }),
          ...(waiting !== undefined && waiting.run !== event.run && { waiting }),
        }
      }
    }
  },
}

export const turns = { kind: 'turn', decider: turn } as const

function ask(
  { at, by, run, queuedAt, cancelInProgress }: Extract<TurnCommand, { type: 'turn.ask' }>,
  { holder, waiting }: TurnState,
): readonly TurnEvent[] {
  if (holder?.run === run || waiting?.run === run) return []
  if (holder === undefined) return [{ type: 'turn.taken', at, by, run, queuedAt }]
  // Told late: a newer one has been here meanwhile.
  const isOlder = Math.max(holder.queuedAt, waiting?.queuedAt ?? 0) > queuedAt
  if (isOlder) return [{ type: 'turn.passedOver', at, by, run }]
  const awaited = { type: 'turn.awaited', at, by, run, queuedAt, cancelInProgress } as const
  if (waiting === undefined) return [awaited]
  return [{ type: 'turn.passedOver', at, by, run: waiting.run }, awaited]
}

function give(
  { at, by, run }: Extract<TurnCommand, { type: 'turn.give' }>,
  { holder, waiting }: TurnState,
): readonly TurnEvent[] {
  const given = { type: 'turn.given', at, by, run } as const
  if (waiting?.run === run) return [given]
  if (holder?.run !== run) return []
  if (waiting === undefined) return [given]
  const { run: next, queuedAt } = waiting
  return [given, { type: 'turn.taken', at, by, run: next, queuedAt }]
}
