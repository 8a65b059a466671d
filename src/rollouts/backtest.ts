/**
 * What is on record of a slot's backtests: the last one, tried every night with the settings that
 * apply. The same finding of the same settings is no news.
 */
import type { Decider } from '#kernel/decider.ts'
import type { BacktestEvent } from './events/backtests.ts'
import { same } from './same.ts'

export type BacktestState = Pick<BacktestEvent, 'analysis' | 'found'> | null
export type BacktestCommand = Omit<BacktestEvent, 'type'> & { readonly type: 'analysis.backtest' }

export const backtestDecider: Decider<BacktestState, BacktestCommand, BacktestEvent, never> = {
  initial: null,
  decide(command, state) {
    const { analysis, found } = command
    const isKnown = state !== null && same(state, { analysis, found })
    return isKnown ? [] : [{ ...command, type: 'analysis.backtested' }]
  },
  evolve: (_, { analysis, found }) => ({ analysis, found }),
}

export const backtests = { kind: 'backtest', decider: backtestDecider } as const
