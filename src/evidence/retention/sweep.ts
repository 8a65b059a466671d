/**
 * What is to go of a service, and went. First it is ordered, with what it was; a while later,
 * looked at again, it is dropped or spared. Whoever crashes in between goes on from the order.
 */
import type { Decider } from '#kernel/decider.ts'
import type { RetentionEvent, RunLogsDropped } from '../events/retention.ts'

interface Asked {
  readonly at: number
  readonly by: string
  readonly service: string
}

export type RetentionCommand =
  | (Asked & {
      readonly type: 'retention.order'
      readonly rule: string
      readonly runs: readonly RunLogsDropped[]
    })
  | (Asked & { readonly type: 'retention.spare'; readonly run: string; readonly keptBy: string })
  | (Asked & { readonly type: 'retention.confirm'; readonly runs: readonly string[] })

export interface RetentionState {
  /** Ordered, and neither dropped nor spared. */
  readonly open: readonly (RunLogsDropped & { readonly rule: string })[]
}

/**
 * Between the order and the removal of the bodies. Whoever reads what is about to go has a day to
 * place a hold; so has who updates from a version that dropped nothing.
 */
export const REMOVAL_MS = 24 * 60 * 60 * 1000

export const retention: Decider<RetentionState, RetentionCommand, RetentionEvent, never> = {
  initial: { open: [] },
  decide(command, { open }) {
    const { at, by, service } = command
    switch (command.type) {
      case 'retention.order': {
        const runs = command.runs.filter(({ run }) => !open.some((each) => each.run === run))
        const { rule } = command
        return runs.length === 0 ? [] : [{ type: 'retention.ordered', at, by, service, rule, runs }]
      }
      case 'retention.spare': {
        const { run, keptBy } = command
        if (!open.some((each) => each.run === run)) return []
        return [{ type: 'retention.spared', at, by, service, run, keptBy }]
      }
      case 'retention.confirm': {
        const gone = open.filter(({ run }) => command.runs.includes(run))
        return [...new Set(gone.map(({ rule }) => rule))].map((rule): RetentionEvent => {
          const runs = gone.filter((each) => each.rule === rule).map(({ rule: _, ...run }) => run)
          return { type: 'retention.dropped', at, by, service, rule, runs }
        })
      }
    }
  },
  evolve({ open }, event) {
    switch (event.type) {
      case 'retention.ordered':
        return { open: [...open, ...event.runs.map((run) => ({ ...run, rule: event.rule }))] }
      case 'retention.spared':
        return { open: open.filter(({ run }) => run !== event.run) }
      case 'retention.dropped':
        return { open: open.filter(({ run }) => !event.runs.some((each) => each.run === run)) }
    }
  },
}

export const retentions = { kind: 'retention', decider: retention } as const
