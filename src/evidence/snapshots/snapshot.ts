/**
 * A slot as it was seen last. What nobody deployed is put on record once, however often it is seen,
 * and once more when it has gone.
 */
import type { Decider } from '#kernel/decider.ts'
import type { SnapshotEvent, Untraced } from '../events/snapshots.ts'

export interface SnapshotCommand {
  readonly type: 'snapshot.record'
  readonly at: number
  readonly by: string
  readonly service: string
  readonly environment: string
  readonly environmentKind: string
  readonly tier: number
  readonly artifacts: readonly string[]
  readonly untraced: readonly Untraced[]
}

export interface SnapshotState {
  readonly artifacts: readonly string[]
  readonly untraced: readonly { readonly of: Untraced; readonly at: number }[]
}

export const snapshot: Decider<SnapshotState, SnapshotCommand, SnapshotEvent> = {
  initial: { artifacts: [], untraced: [] },
  decide(command, state) {
    const { at, by, service, environment, environmentKind, tier } = command
    const fact = { at, by, service, environment }
    const events: SnapshotEvent[] = []
    const artifacts = [...new Set(command.artifacts)].toSorted()
    if (artifacts.join() !== state.artifacts.join())
      events.push({ type: 'snapshot.observed', ...fact, artifacts })
    for (const untraced of command.untraced)
      if (!state.untraced.some(({ of }) => isSame(of, untraced)))
        events.push({
          type: 'snapshot.untracedFound',
          ...{ ...fact, environmentKind, tier, untraced },
        })
    for (const { of: untraced, at: foundAt } of state.untraced)
      if (!command.untraced.some((each) => isSame(each, untraced)))
        events.push({ type: 'snapshot.untracedGone', ...fact, untraced, foundAt })
    return events
  },
  evolve(state, event) {
    switch (event.type) {
      case 'snapshot.observed':
        return { ...state, artifacts: event.artifacts }
      case 'snapshot.untracedFound':
        return { ...state, untraced: [...state.untraced, { of: event.untraced, at: event.at }] }
      case 'snapshot.untracedGone':
        return {
          ...state,
          untraced: state.untraced.filter(({ of }) => !isSame(of, event.untraced)),
        }
    }
  },
}

export const snapshots = { kind: 'snapshot', decider: snapshot } as const

/** How much traffic it has may change while it is the same. */
function isSame(a: Untraced, b: Untraced): boolean {
  return a.group === b.group && a.why === b.why && a.artifact === b.artifact
}
