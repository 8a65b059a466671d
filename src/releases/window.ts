/**
 * A window says when deploying is allowed, or not, again and again. What is applied has been played
 * through: its zone is one, its rule recurs, it does not run into itself, and it covers something.
 * Applied again with other words it is replaced; withdrawn, it is as if it had never been.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import { isScoped } from './calendar/scope.ts'
import { checkSchedule, type ScheduleProblem } from './calendar/schedule.ts'
import type { WindowCommand } from './commands.ts'
import type { WindowEvent, WindowSpec } from './events.ts'

const REASON_LENGTH_MIN = 10

export type Window =
  | { readonly status: 'none' | 'withdrawn' }
  | { readonly status: 'applied'; readonly window: string; readonly spec: WindowSpec }

export type WindowRefusal =
  | ScheduleProblem['code']
  | 'window.no-scope'
  | 'window.no-reason'
  | 'window.unknown'

type Answer = readonly WindowEvent[] | Rejection<WindowRefusal>

export const window: Decider<Window, WindowCommand, WindowEvent, WindowRefusal> = {
  initial: { status: 'none' },
  decide(command, state): Answer {
    switch (command.type) {
      case 'window.apply':
        return apply(command, state)
      case 'window.withdraw':
        return withdraw(command, state)
    }
  },
  evolve(_, event) {
    if (event.type === 'window.withdrawn') return { status: 'withdrawn' }
    return { status: 'applied', window: event.window, spec: event.spec }
  },
}

export const windows = { kind: 'window', decider: window } as const

export interface WindowProblem {
  readonly code: WindowRefusal
  readonly field: keyof WindowSpec
  readonly message: string
  readonly remedy: string
}

/** The first thing that is wrong with it, by its field. */
export function windowProblem(spec: WindowSpec): WindowProblem | undefined {
  if (isScoped(spec.scope)) return checkSchedule(spec)
  return {
    code: 'window.no-scope',
    field: 'scope',
    message: 'Nothing is in its scope.',
    remedy: 'Name environments, kinds, services or tiers, none of them empty; * is all of them.',
  }
}

function apply(
  { at, by, window: name, spec }: Extract<WindowCommand, { type: 'window.apply' }>,
  state: Window,
): Answer {
  const problem = windowProblem(spec)
  if (problem !== undefined) return { rejected: true, ...answerOf(problem) }
  if (state.status === 'applied' && wordsOf(state.spec) === wordsOf(spec)) return []
  return [{ type: 'window.applied', at, by, window: name, spec }]
}

function withdraw(
  { at, by, reason }: Extract<WindowCommand, { type: 'window.withdraw' }>,
  state: Window,
): Answer {
  if (state.status === 'none')
    return reject(
      'window.unknown',
      'There is no such window.',
      'List them: `signalbox get windows`.',
    )
  if (reason.trim().length < REASON_LENGTH_MIN)
    return reject(
      'window.no-reason',
      'That a window is withdrawn needs a reason.',
      `Say in ${REASON_LENGTH_MIN} characters or more why: people relied on it.`,
    )
  if (state.status !== 'applied') return []
  return [{ type: 'window.withdrawn', at, by, window: state.window, reason: reason.trim() }]
}

function answerOf({ code, message, remedy }: WindowProblem) {
  return { code, message, remedy } as const
}

/** The same for the same window: stored specs come back with their fields in another order. */
function wordsOf({ scope, ...spec }: WindowSpec): string {
  const { zone, rule, start, duration, except, mode, reason, blocks } = spec
  const { environments, kinds, services, tiers } = scope
  const times = [zone, rule, start, duration, except, mode, reason, blocks]
  return JSON.stringify([...times, environments, kinds, services, tiers])
}
