/**
 * A recorder is a machine that signs what happened elsewhere. Its key belongs to one actor for
 * good: who may sign in somebody's name is decided while the server is there to ask who it is.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { RecorderEvent } from './events/records.ts'

export type Recorder =
  | { readonly status: 'unknown' }
  | { readonly status: 'registered' | 'retired'; readonly actor: string }

interface Asked {
  readonly at: number
  readonly by: string
}

export type RecorderCommand =
  | (Asked & { readonly type: 'recorder.register'; readonly key: string; readonly name: string })
  | (Asked & {
      readonly type: 'recorder.retire'
      readonly reason: string
      readonly isAdmin: boolean
    })

export type RecorderRefusal =
  | 'recorder.other-actor'
  | 'recorder.retired'
  | 'recorder.unregistered'
  | 'recorder.not-yours'

export const recorder: Decider<Recorder, RecorderCommand, RecorderEvent, RecorderRefusal> = {
  initial: { status: 'unknown' },
  decide(command, state) {
    return command.type === 'recorder.register' ? register(command, state) : retire(command, state)
  },
  evolve(state, event) {
    if (event.type === 'recorder.registered') return { status: 'registered', actor: event.by }
    return state.status === 'unknown' ? state : { ...state, status: 'retired' }
  },
}

export const recorders = { kind: 'recorder', decider: recorder } as const

type Answer = readonly RecorderEvent[] | Rejection<RecorderRefusal>

function register(
  command: Extract<RecorderCommand, { type: 'recorder.register' }>,
  state: Recorder,
): Answer {
  const { at, by, key, name } = command
  if (state.status === 'unknown') return [{ type: 'recorder.registered', at, by, key, name }]
  if (state.actor !== by)
    return reject(
      'recorder.other-actor',
      `This key signs for ${state.actor}, and for nobody else.`,
      'Use another spool for this account: set SIGNALBOX_SPOOL to a folder of its own.',
    )
  if (state.status === 'retired')
    return reject(
      'recorder.retired',
      'This key was retired, and signs no more.',
      'Move its spool folder away; the next record makes a new key.',
    )
  return []
}

function retire(
  command: Extract<RecorderCommand, { type: 'recorder.retire' }>,
  state: Recorder,
): Answer {
  const { at, by, reason, isAdmin } = command
  if (state.status === 'unknown')
    return reject('recorder.unregistered', 'No such key is known.', 'See signalbox recorder list.')
  if (state.actor !== by && !isAdmin)
    return reject(
      'recorder.not-yours',
      `This key signs for ${state.actor}.`,
      `Ask ${state.actor} or an admin to retire it.`,
    )
  return state.status === 'retired' ? [] : [{ type: 'recorder.retired', at, by, reason }]
}
