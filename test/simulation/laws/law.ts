/**
 * A law is one sentence about the platform that must hold whatever happens. It looks at each event
 * before it is folded, at each effect, now and then at everything, and answers true where it had
 * something to judge and found it right, a complaint where it was broken, nothing elsewhere.
 */
import type { Slot } from '#rollouts/ports.ts'
import type { Ledger, Said } from '../ledger.ts'
import type { Place } from '../place.ts'

export type Judgement = true | string | undefined

/** A call that changes the world outside, and was let through. */
export interface Effect {
  readonly slot: Slot
  readonly call: 'ensure' | 'weigh' | 'retire'
  readonly fence: number
  /** The reconciler that did it, and the key it was at. */
  readonly by: { readonly kind: string; readonly key: string; readonly server: string }
  /** The lease it was done under. */
  readonly lease: number
  readonly group?: string
  readonly digest?: string
  readonly weights?: Readonly<Record<string, number>>
}

export interface View {
  readonly ledger: Ledger
  readonly place: Place
  readonly now: number
  /** No two stamps of any clocks that were read since that instant are wrong by more. */
  apartSince(at: number): number
  /** The latest lease under which something was done in that slot. */
  actedUnder(slot: Slot): number
  /** When somebody last broke what runs in that slot. */
  brokenAt(slot: Slot): number
}

export interface Law {
  readonly name: string
  readonly said?: (said: Said, view: View) => Judgement
  readonly effect?: (effect: Effect, view: View) => Judgement
  /** The answer to a person's wish to go back; no code: it was done. */
  readonly refused?: (
    what: 'abort' | 'rollback' | 'kill',
    code: string | undefined,
    at: Slot,
    view: View,
  ) => Judgement
  /** Every so often, and at the end. */
  readonly audit?: (view: View) => Judgement
}

/** An event of one type, or nothing. */
export function only<Type extends Said['event']['type']>(
  said: Said,
  type: Type,
): Extract<Said['event'], { type: Type }> | undefined {
  return said.event.type === type
    ? (said.event as Extract<Said['event'], { type: Type }>)
    : undefined
}

export const holds = (isRight: boolean, complaint: string): Judgement => isRight || complaint
