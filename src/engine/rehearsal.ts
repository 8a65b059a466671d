/**
 * What a command would have done, thrown through the transaction that it is decided in: everything
 * is decided as it always is, by the same code with the same facts, and nothing is kept.
 */
import type { DomainEvent } from './store.ts'

export class Rehearsal extends Error {
  readonly events: readonly DomainEvent[]

  constructor(events: readonly DomainEvent[]) {
    super('Rehearsed: nothing was changed.')
    this.events = events
  }
}
