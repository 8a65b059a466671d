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
  readonly notes: number
  /** Why the last look failed, when it is tried again. */
  readonly trouble?: string
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
      case 'repository.recordFailure':
        return fail(command, branch)
    }
  },
  evolve(state, event) {
    const before = state.branches[event.branch] ?? { head: '', notes: 0 }
    return { branches: { ...state.branches, [event.branch]: moved(before, event) } }
  },
}

export const repositories = { kind: 'repository', decider: repository } as const

function moved(branch: Branch, event: RepositoryEvent): Branch {
  switch (event.type) {
    case 'repository.pushNoted':
      return { ...branch, notes: branch.notes + 1 }
    case 'repository.pushFailed':
      return event.again ? { ...branch, trouble: event.reason } : { head: branch.head, notes: 0 }
    case 'commit.pushed':
      return event.last ? { head: event.after, notes: 0 } : branch
  }
}

type RecordPush = Extract<RepositoryCommand, { type: 'repository.recordPush' }>

function record(command: RecordPush, branch: Branch | undefined): readonly RepositoryEvent[] {
  const { at, by, repository: address, branch: of, before, after, commits, manifests } = command
  // Somebody else recorded meanwhile, or there is nothing new.
  if (branch !== undefined && branch.head !== before) return []
  if (branch?.head === after && branch.notes === 0) return []
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
  return [...pieces, ...unseen(command, branch)]
}

type RecordFailure = Extract<RepositoryCommand, { type: 'repository.recordFailure' }>

function fail(command: RecordFailure, branch: Branch | undefined): readonly RepositoryEvent[] {
  const { at, by, repository: address, branch: of, reason, again } = command
  if (branch === undefined || branch.notes === 0) return []
  // Tried many times, told once.
  if (again && branch.trouble === reason) return []
  const facts = { at, by, repository: address, branch: of }
  const failed = { type: 'repository.pushFailed', ...facts, reason, again } as const
  return [failed, ...(again ? [] : unseen(command, branch))]
}

/** A push that was noted while git was asked: noted again, for it may be newer than the answer. */
function unseen(
  command: RecordPush | RecordFailure,
  branch: Branch | undefined,
): readonly RepositoryEvent[] {
  const { at, by, repository: address, branch: of } = command
  if ((branch?.notes ?? 0) <= command.notes) return []
  return [{ type: 'repository.pushNoted', at, by, repository: address, branch: of }]
}
