/**
 * The vector of an environment: what all its slots hold at one instant. It is validated when every
 * one of them was, and nothing is on its way to any: only then they have proven that they go
 * together. Written down, it can be taken elsewhere as it was, whatever has moved since.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { VectorEvent, VectorMember } from '../events/vectors.ts'
import type { SlotState } from '../slot.ts'

export interface Vector {
  readonly digest: string | undefined
}

export type VectorCommand = Omit<VectorEvent, 'type'> & { readonly type: 'vector.validate' }
export type VectorRefusal = 'vector.empty'

export const vector: Decider<Vector, VectorCommand, VectorEvent, VectorRefusal> = {
  initial: { digest: undefined },
  decide(command, { digest }) {
    if (command.members.length === 0)
      return reject('vector.empty', 'Nothing runs there.', 'Promote something into it first.')
    return command.digest === digest ? [] : [{ ...command, type: 'vector.validated' }]
  },
  evolve: (_, { digest }) => ({ digest }),
}

export const vectors = { kind: 'vector', decider: vector } as const

export interface SlotOf {
  readonly service: string
  readonly state: SlotState
}

/** Why what stands there now has not been validated together; undefined: it has. */
export function whyUnproven(slots: readonly SlotOf[]): string | undefined {
  for (const { service, state } of slots) {
    const { settled, validated, holder } = state
    if (holder !== undefined) return `${holder.deployment} is on its way to ${service}.`
    if (settled !== null && settled.release !== validated?.release)
      return `${service} ${settled.version} is not validated.`
  }
  return slots.some(({ state }) => state.settled !== null) ? undefined : 'Nothing runs there.'
}

/** The order in which it is read out, whatever the order in which it was looked at. */
export function sorted(members: readonly VectorMember[]): readonly VectorMember[] {
  return [...members].sort((a, b) => (a.service < b.service ? -1 : 1))
}

export interface Asked {
  readonly from: string
  readonly to: string
  /** By its digest, when one is named. */
  readonly named: string | undefined
  /** The one that is meant, when it is on record. */
  readonly found: { readonly digest: string; readonly members: readonly VectorMember[] } | undefined
  /** What is validated there one by one. */
  readonly single: readonly VectorMember[]
  readonly whyUnproven: string | undefined
  /** Services whose row does not let them go one by one, with that row. */
  readonly strict: readonly { readonly service: string; readonly policy: string }[]
}

type Taken = {
  readonly members: readonly VectorMember[]
  /** Null: they were never validated together. */
  readonly digest: string | null
}

/** Which releases go: those of a validated vector, or one by one where policy has it so. */
export function taking(asked: Asked): Taken | Rejection<TakingRefusal> {
  const { from, to, found, named, single, strict } = asked
  if (found !== undefined) return { members: found.members, digest: found.digest }
  if (named !== undefined)
    return reject(
      'vector.unknown',
      `${from} never ran a validated vector ${named}.`,
      'List them: signalbox plan vectors',
    )
  const [first] = strict
  if (first !== undefined)
    return reject(
      'vector.never-validated',
      `What ${from} runs was never validated together. ${asked.whyUnproven ?? ''}`,
      `Let it come to rest there, or set memberwise in the row of ${first.service} for ${to} ` +
        `(${first.policy}).`,
    )
  if (single.length === 0)
    return reject('vector.empty', `Nothing in ${from} is validated.`, `Promote into ${from} first.`)
  return { members: single, digest: null }
}

export type TakingRefusal = 'vector.unknown' | 'vector.never-validated' | 'vector.empty'
