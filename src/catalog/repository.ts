/**
 * A repository: what was pushed, as git says, not as a webhook claims. A push is noted at once and
 * looked up afterwards; a push that says nothing new is no event.
 */
import type { Decider } from '#kernel/decider.ts'
import type { RepositoryCommand } from './commands.ts'
import type { RepositoryEvent } from './events.ts'

/** Commits in one event: an event stays readable, and a long push makes several. */
export const COMMITS_PER_EVENT = 500

export interface RepositoryState {
  readonly branches: Readonly<Record<string, Branch>>
}

export interface Branch {
  /** The last commit recorded; empty before the first. */
  readonly head: string
  /** Pushes noted and not yet looked up. */
  readonly noted: boolean
}

export const repository: Decider<RepositoryState, RepositoryCommand, RepositoryEvent, never> = {
  initial: { branches: {} },
  decide(command, state): readonly RepositoryEvent[] {
    const branch = state.branches[command.branch]
    const facts = { at: command.at, by: command.by }
    switch (command.type) {
      case 'repository.notePush': {
        const { repository: address, branch: of } = command
        return [{ type: 'repository.pushNoted', ...facts, repository: address, branch: of }]
      }
      case 'repository.recordPush':
        return record(command, branch)
      case 'repository.recordFailure': {
        const { repository: address, branch: of, reason } = command
        return branch?.noted
          ? [{ type: 'repository.pushFailed', ...facts, repository: address, branch: of, reason }]
          : []
      }
    }
  },
  evolve(state, event) {
    const before = state.branches[event.branch] ?? { head: '', noted: false }
    return { branches: { ...state.branches, [event.branch]: moved(before, event) } }
  },
}

export const repositories = { kind: 'repository', decider: repository } as const

function moved(branch: Branch, event: RepositoryEvent): Branch {
  switch (event.type) {
    case 'repository.pushNoted':
      return { ...branch, noted: true }
    case 'repository.pushFailed':
      return { ...branch, noted: false }
    case 'commit.pushed':
      return event.last ? { head: event.after, noted: false } : branch
  }
}

type RecordPush = Extract<RepositoryCommand, { type: 'repository.recordPush' }>

function record(command: RecordPush, branch: Branch | undefined): readonly RepositoryEvent[] {
  const { at, by, repository: address, branch: of, before, after, commits, manifests } = command
  // Somebody else recorded meanwhile, or there is nothing new.
  if (branch !== undefined && branch.head !== before) return []
  if (branch?.head === after && !branch.noted) return []
  const pieces: RepositoryEvent[] = []
  const count = Math.max(1, Math.ceil(commits.length / COMMITS_PER_EVENT))
  for (let i = 0; i < count; i++) {
    const last = i === count - 1
    pieces.push({
      type: 'commit.pushed',
      at,
      by,
      repository: address,
      branch: of,
      before,
      after,
      commits: commits.slice(i * COMMITS_PER_EVENT, (i + 1) * COMMITS_PER_EVENT),
      last,
      manifests: last ? manifests : [],
    })
  }
  return pieces
}
