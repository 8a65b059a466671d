/**
 * Whether what was released arrives. A slot where something has waited, and nothing has moved, for
 * longer than its row says is stalled: said once, with the oldest commit that waits and why, and
 * taken back when it moves. Time since the last move counts, not the age of the newest commit: a
 * branch that never rests would hide for ever that nothing of it arrives.
 */
import type { SlotEvent, Stall, Undelivered } from './events.ts'

interface Slot {
  readonly opened: { readonly service: string; readonly environment: string }
  /** When it was opened, or what it holds changed last. */
  readonly movedAt: number
  readonly stalled?: Stall | undefined
}

interface Noted {
  readonly at: number
  readonly by: string
  /** Null: all there is has arrived, or is not wanted. */
  readonly oldest: Undelivered | null
  readonly why: { readonly code: string; readonly message: string }
  readonly limitMs: number
}

export function waitsSince({ movedAt }: Pick<Slot, 'movedAt'>, oldest: Undelivered): number {
  return Math.max(movedAt, oldest.createdAt)
}

export function noteDelivery(noted: Noted, state: Slot): readonly SlotEvent[] {
  const { at, by, oldest, why, limitMs } = noted
  const { service, environment } = state.opened
  const place = { at, by, service, environment }
  const since = oldest === null ? Infinity : waitsSince(state, oldest)
  if (oldest === null || at < since + limitMs)
    return state.stalled === undefined ? [] : [{ type: 'delivery.moved', ...place }]
  if (state.stalled !== undefined) return []
  return [{ type: 'delivery.stalled', ...place, since, oldest, why }]
}
