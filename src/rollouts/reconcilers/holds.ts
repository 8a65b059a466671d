/**
 * Holds that plans and trains put on slots, told from those of people by their words: nobody's hold
 * is taken away, or replaced.
 */
import { SYSTEM } from '#kernel/actor.ts'
import { slotRow } from '../queries.ts'
import { slotId, slots } from '../slot.ts'
import type { RolloutNeeds } from './needs.ts'

interface Place {
  readonly service: string
  readonly environment: string
}

type Needs = Pick<RolloutNeeds, 'engine' | 'now'>

/** Against automation; what is held already stays as it is. */
export async function keepHeld(
  { engine, now }: Needs,
  place: Place,
  reason: string,
  isStanding = false,
) {
  const { service, environment } = place
  const slot = (await slotRow(engine.reads, environment, service))?.state
  if (slot === undefined || slot.hold !== undefined) return
  const by = { at: now(), by: SYSTEM.id }
  const command = { type: 'slot.hold', ...by, reason, ...(isStanding && { isStanding }) } as const
  await engine.execute(slots, slotId(environment, service), command, { actor: SYSTEM })
}

/** Only the hold of these words. */
export async function letGo(
  { engine, now }: Needs,
  { service, environment }: Place,
  held: string,
  reason: string,
) {
  const slot = (await slotRow(engine.reads, environment, service))?.state
  if (slot?.hold?.reason !== held) return
  const command = { type: 'slot.resume', at: now(), by: SYSTEM.id, reason } as const
  await engine.execute(slots, slotId(environment, service), command, { actor: SYSTEM })
}
