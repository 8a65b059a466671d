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
}

export type BadCommitRefusal = 'commit.no-reason' | 'commit.not-vetoed'

export const badCommit: Decider<BadCommit, BadCommitCommand, BadCommitEvent, BadCommitRefusal> = {
  initial: { vetoes: [] },
  decide(command, { vetoes }): readonly BadCommitEvent[] | Rejection<BadCommitRefusal> {
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
  evolve({ vetoes }, { type, environment }) {
    const others = vetoes.filter((each) => each !== environment)
    return { vetoes: type === 'commit.vetoed' ? [...others, environment] : others }
  },
}

export const badCommits = { kind: 'commit', decider: badCommit } as const
