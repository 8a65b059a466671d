/**
 * A release is closed for good the moment it exists: what it is never changes, only whether it is
 * still wanted. It is created once git holds its tag, so that no release lacks its place in the
 * source. A veto marks it bad for one environment or for all, until somebody says otherwise.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { ReleaseCommand } from './commands.ts'
import type { ReleaseEvent } from './events.ts'
import { NOTES_LENGTH_MAX, tidied, unseenIn } from './notes.ts'

/** In place of an environment's name: bad everywhere. */
export const EVERYWHERE = '*'
const REASON_LENGTH_MIN = 10

export type Release =
  | { readonly status: 'none' }
  | {
      readonly status: 'created'
      readonly service: string
      readonly version: string
      readonly artifact: string
      /** Environments, `*` for all of them. */
      readonly vetoes: readonly string[]
      /** `environment commit`: for these it was vetoed, whatever became of that. */
      readonly blamed: readonly string[]
      /** Empty: nobody wrote any. */
      readonly notes: string
    }

export type ReleaseRefusal =
  | 'release.closed'
  | 'release.unknown'
  | 'release.no-reason'
  | 'release.not-vetoed'
  | 'release.notes-too-long'
  | 'release.notes-unseen'

type Answer = readonly ReleaseEvent[] | Rejection<ReleaseRefusal>
type Existing = Extract<Release, { status: 'created' }>

export const release: Decider<Release, ReleaseCommand, ReleaseEvent, ReleaseRefusal> = {
  initial: { status: 'none' },
  decide(command, state): Answer {
    if (command.type === 'release.create') return create(command, state)
    if (state.status === 'none')
      return reject(
        'release.unknown',
        'There is no such release.',
        'List the releases of the service: `signalbox release list`.',
      )
    if (command.type === 'release.note') return note(command, state)
    if (command.reason.trim().length < REASON_LENGTH_MIN)
      return reject(
        'release.no-reason',
        'A veto, and its end, need a reason.',
        `Say in ${REASON_LENGTH_MIN} characters or more what is wrong, or what has changed.`,
      )
    switch (command.type) {
      case 'release.veto':
        return veto(command, state)
      case 'release.unveto':
        return unveto(command, state)
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'release.created': {
        const { service, version, artifact } = event
        return { status: 'created', service, version, artifact, vetoes: [], blamed: [], notes: '' }
      }
      case 'release.noted':
        return state.status === 'none' ? state : { ...state, notes: event.notes }
      case 'release.tagged':
        return state
      case 'release.vetoed':
        return withBlame(
          withVetoes(state, (vetoes) => [...vetoes, event.environment ?? EVERYWHERE]),
          event,
        )
      case 'release.unvetoed':
        return withoutBlame(
          withVetoes(state, (vetoes) =>
            vetoes.filter((each) => each !== (event.environment ?? EVERYWHERE)),
          ),
          event,
        )
    }
  },
}

export const releases = { kind: 'release', decider: release } as const

function withVetoes(state: Release, change: (vetoes: readonly string[]) => string[]): Release {
  return state.status === 'none' ? state : { ...state, vetoes: change(state.vetoes) }
}

interface Blame {
  readonly environment?: string | undefined
  readonly commit?: string | undefined
}

const blameOf = ({ environment = EVERYWHERE, commit }: Blame) => `${environment} ${commit}`

function withBlame(state: Release, event: Blame): Release {
  if (state.status === 'none' || event.commit === undefined) return state
  return { ...state, blamed: [...state.blamed, blameOf(event)] }
}

/** The commit itself is good again, and may be found bad once more. */
function withoutBlame(state: Release, event: Blame): Release {
  if (state.status === 'none' || event.commit === undefined) return state
  return { ...state, blamed: state.blamed.filter((each) => each !== blameOf(event)) }
}

type Create = Extract<ReleaseCommand, { type: 'release.create' }>
type Note = Extract<ReleaseCommand, { type: 'release.note' }>
type Veto = Exclude<ReleaseCommand, Create | Note>

function create(command: Create, state: Release): Answer {
  const { bad = [], ...facts } = command
  const { at, by, tag, sha, service, version } = facts
  if (state.status === 'none')
    return [
      { ...facts, type: 'release.created' },
      { type: 'release.tagged', at, by, tag, sha },
      ...bad.map((veto) => ({ type: 'release.vetoed' as const, at, service, version, ...veto })),
    ]
  // A retry, or a second server that came to the same end: the first one stands.
  if (state.artifact === command.artifact) return []
  return reject(
    'release.closed',
    `This release is ${state.version} of ${state.service}, and its content never changes.`,
    'Make another release of the other artifact.',
  )
}

/** They may be written anew at any time: they tell of a release, and are no part of it. */
function note({ at, by, notes: said }: Note, state: Existing): Answer {
  const notes = tidied(said)
  if (notes === state.notes) return []
  if (notes.length > NOTES_LENGTH_MAX)
    return reject(
      'release.notes-too-long',
      `Release notes have ${NOTES_LENGTH_MAX} characters at most, and these have ${notes.length}.`,
      'Say less, and link to the rest.',
    )
  const unseen = unseenIn(notes)
  if (unseen !== undefined)
    return reject(
      'release.notes-unseen',
      `Line ${unseen.line} holds a character that nobody sees, ${unseen.character}.`,
      'Remove it: the notes would not read as they stand.',
    )
  return [{ type: 'release.noted', at, by, notes }]
}

function veto({ at, by, environment, reason, commit }: Veto, state: Existing): Answer {
  if (state.vetoes.includes(environment ?? EVERYWHERE)) return []
  // Somebody looked at this very release, and said that it is good all the same.
  if (commit !== undefined && state.blamed.includes(blameOf({ environment, commit }))) return []
  const { service, version } = state
  return [
    {
      type: 'release.vetoed',
      at,
      by,
      service,
      version,
      ...(environment !== undefined && { environment }),
      reason: reason.trim(),
      ...(commit !== undefined && { commit }),
    },
  ]
}

function unveto({ at, by, environment, reason, commit }: Veto, state: Existing): Answer {
  if (state.vetoes.includes(environment ?? EVERYWHERE))
    return [
      {
        type: 'release.unvetoed',
        at,
        by,
        ...(environment !== undefined && { environment }),
        reason: reason.trim(),
        ...(commit !== undefined && { commit }),
      },
    ]
  const others = state.vetoes.map((each) => (each === EVERYWHERE ? 'all environments' : each))
  return reject(
    'release.not-vetoed',
    `It is not vetoed for ${environment ?? 'all environments at once'}.`,
    others.length > 0 ? `Lift what there is: ${others.join(', ')}.` : 'There is no veto to lift.',
  )
}
