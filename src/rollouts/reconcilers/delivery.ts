/**
 * Looks whether releases arrive, one service at a time, and puts on record where they do not. Woken
 * by what may move a slot, and by time: that nothing happens is told by no event.
 */
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { policyFor } from '#gates/queries.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { SlotCommand } from '../commands.ts'
import { waitsSince } from '../delivery.ts'
import { slotRow } from '../queries.ts'
import { oldestUndelivered, whyUndelivered } from '../queries/undelivered.ts'
import { slotId, slots } from '../slot.ts'
import type { RolloutNeeds } from './needs.ts'

/** Another policy, a veto that was lifted: found within this. */
const LOOK_MS = 60 * 60 * 1000

const WAKING = new Set([
  'release.created',
  'release.vetoed',
  'slot.settled',
  'service.registered',
  'service.changed',
])

export function delivery(needs: RolloutNeeds): Reconciler {
  return defineReconciler<DomainEvent & { readonly service?: string }>({
    kind: 'delivery',
    concurrency: 2,
    hears: ['release', 'slot', 'service'],
    wokenBy: ({ event, id }) => (WAKING.has(event.type) ? [event.service ?? id] : []),
    async reconcile(name) {
      const { engine, now } = needs
      const service = await serviceNamed(engine.reads, name)
      if (service === undefined) return undefined
      const next: number[] = []
      for (const environment of service.path) {
        const kind = (await environmentNamed(engine.reads, environment))?.kind
        if (kind === undefined) continue
        const { row } = await policyFor(engine.reads, { tier: service.tier, environmentKind: kind })
        const place = { service: name, environment }
        const dueAt = await note(needs, place, row.stalledMs)
        if (dueAt !== undefined) next.push(dueAt)
      }
      const [soonest] = next.toSorted((a, b) => a - b)
      return soonest === undefined ? undefined : { at: Math.min(soonest, now() + LOOK_MS) }
    },
  })
}

/** When to look again; undefined when nothing waits there. */
async function note(
  { engine, now }: RolloutNeeds,
  place: { readonly service: string; readonly environment: string },
  limitMs: number,
): Promise<number | undefined> {
  const at = now()
  const state = (await slotRow(engine.reads, place.environment, place.service))?.state
  if (state === undefined) return undefined
  const found = await oldestUndelivered(engine.reads, place, state)
  const dueAt = found === null ? undefined : waitsSince(state, found.oldest) + limitMs
  const isDue = dueAt !== undefined && at >= dueAt
  // Both ways it is judged again in the transaction; here it is only seen that there is news.
  if (isDue !== (state.stalled !== undefined))
    await engine.execute(
      slots,
      slotId(place.environment, place.service),
      async ({ state: then, reads }): Promise<SlotCommand> => {
        const known = await oldestUndelivered(reads, place, then)
        const why = known && (await whyUndelivered(reads, place, known.newest, at))
        const noted = { oldest: known?.oldest ?? null, why: why ?? NOTHING, limitMs }
        return { type: 'slot.noteDelivery', at, by: SYSTEM.id, ...noted }
      },
      { actor: SYSTEM },
    )
  return isDue ? at + LOOK_MS : dueAt
}

const NOTHING = { code: '', message: '' }
