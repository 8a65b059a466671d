/** Writes events of other rooms as they stand, without their deciders. Tests only. */
import type { Engine } from '#engine/engine.ts'
import type { DomainEvent } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'

interface Recording {
  readonly type: 'test.record'
  readonly events: readonly DomainEvent[]
}

/** Appends to the stream `<kind>-<id>`; views and reconcilers see it as if it had been decided. */
export async function record<E extends DomainEvent>(
  engine: Engine,
  kind: string,
  id: string,
  ...events: readonly [E, ...E[]]
): Promise<void> {
  const decider = {
    initial: null,
    decide: (command: Recording) => command.events,
    evolve: (state: null) => state,
  }
  const command: Recording = { type: 'test.record', events }
  const done = await engine.execute({ kind, decider }, id, command, { actor: SYSTEM })
  if (done.rejected) throw new Error(`${kind}-${id}: ${done.code}`)
}
