/**
 * One runner as the server knows it: there, gone with a word, or lost without one. Being there is
 * worth an event only when it begins or ends; heartbeats in between are none.
 */
import type { Decider } from '#kernel/decider.ts'
import type { RunnerEvent } from '../events/fleet.ts'

interface Asked {
  readonly at: number
  readonly by: string
  readonly runner: string
}

export type RunnerCommand =
  | (Asked & { readonly type: 'runner.see'; readonly labels: readonly string[] })
  | (Asked & { readonly type: 'runner.leave' })
  | (Asked & { readonly type: 'runner.lose'; readonly heardAt: number })
  | (Asked & { readonly type: 'runner.miss'; readonly from: number; readonly to: number })

export interface RunnerState {
  readonly status: 'unknown' | 'up' | 'left' | 'lost'
  readonly labels: readonly string[]
}

export const runner: Decider<RunnerState, RunnerCommand, RunnerEvent> = {
  initial: { status: 'unknown', labels: [] },
  decide(command, state) {
    const { at, by, runner: name } = command
    const about = { at, by, runner: name }
    switch (command.type) {
      case 'runner.see': {
        const { labels } = command
        if (state.status === 'up' && state.labels.join(' ') === labels.join(' ')) return []
        return [{ type: 'runner.connected', ...about, labels }]
      }
      case 'runner.leave':
        return state.status === 'up' ? [{ type: 'runner.left', ...about }] : []
      case 'runner.lose':
        if (state.status !== 'up') return []
        return [{ type: 'runner.lost', ...about, heardAt: command.heardAt }]
      case 'runner.miss': {
        const { from, to } = command
        if (state.status !== 'up' || to <= from) return []
        return [{ type: 'runner.unobserved', ...about, from, to }]
      }
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'runner.connected':
        return { status: 'up', labels: event.labels }
      case 'runner.left':
        return { ...state, status: 'left' }
      case 'runner.lost':
        return { ...state, status: 'lost' }
      case 'runner.unobserved':
        return state
    }
  },
}

/** Under which its heartbeats are kept. */
export const presenceOf = (name: string): string => `runner/${name}`

export const runnerThings = { kind: 'runner', decider: runner } as const
