/**
 * A commit known to be bad, for one environment or for all. It vetoes the releases that hold it and
 * not its revert: those there are, and those still to come, until somebody says it is good.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { BadCommitCommand } from './commands.ts'
import type { BadCommitEvent } from './events.ts'
import { EVERYWHERE } from './release.ts'

const REASON_LENGTH_MIN = 10

export interface BadCommit {
  /** Environments it is bad for, `*` for all. */
  readonly vetoes: readonly string[]
  readonly isCompared: boolean
}

export type BadCommitRefusal = 'commit.no-reason' | 'commit.not-vetoed'

export const badCommit: Decider<BadCommit, BadCommitCommand, BadCommitEvent, BadCommitRefusal> = {
  initial: { vetoes: [], isCompared: false },
  decide(command, { vetoes, isCompared }): readonly BadCommitEvent[] | Rejection<BadCommitRefusal> {
    if (command.type === 'commit.compare')
      return isCompared ? [] : [{ ...command, type: 'commit.compared' }]
    const { at, by, sha, environment = EVERYWHERE } = command
    const reason = command.reason.trim()
    if (reason.length < REASON_LENGTH_MIN)
      return reject(
        'commit.no-reason',
        'A veto of a commit, and its end, need a reason.',
        `Say in ${REASON_LENGTH_MIN} characters or more what is wrong, or what has changed.`,
      )
    const isVetoed = vetoes.includes(environment)
    if (command.type === 'commit.veto')
      return isVetoed ? [] : [{ type: 'commit.vetoed', at, by, sha, environment, reason }]
    if (isVetoed) return [{ type: 'commit.unvetoed', at, by, sha, environment, reason }]
    const others = vetoes.map((each) => (each === EVERYWHERE ? 'all environments' : each))
    return reject(
      'commit.not-vetoed',
      `It is not vetoed for ${environment === EVERYWHERE ? 'all environments' : environment}.`,
      others.length > 0 ? `Lift what there is: ${others.join(', ')}.` : 'There is no veto to lift.',
    )
  },
  evolve(state, event) {
    if (event.type === 'commit.compared') return { ...state, isCompared: true }
    const { vetoes } = state
    const { type, environment } = event
    const others = vetoes.filter((each) => each !== environment)
    // Releases have come since it was vetoed the last time: they are looked at anew.
    if (type === 'commit.unvetoed') return { vetoes: others, isCompared: false }
    return { ...state, vetoes: [...others, environment] }
  },
}

export const badCommits = { kind: 'commit', decider: badCommit } as const
