/**
 * What was built and is not worth a version. Kept, one stream a service, so that "why is my commit
 * not released?" has an answer.
 */
import type { Decider } from '#kernel/decider.ts'
import type { CandidateCommand } from './commands.ts'
import type { CandidateEvent } from './events.ts'

/** A retry comes within moments; remembering more would make a long stream slow to read. */
const REMEMBERED_MAX = 100

export interface PassedOver {
  /** The last artifacts passed over, newest last. */
  readonly artifacts: readonly string[]
}

export const candidate: Decider<PassedOver, CandidateCommand, CandidateEvent, never> = {
  initial: { artifacts: [] },
  decide: (command, { artifacts }) =>
    artifacts.includes(command.artifact) ? [] : [{ ...command, type: 'candidate.passedOver' }],
  evolve: ({ artifacts }, { artifact }) => ({
    artifacts: [...artifacts.slice(1 - REMEMBERED_MAX), artifact],
  }),
}

export const candidates = { kind: 'candidate', decider: candidate } as const
