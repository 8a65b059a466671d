/**
 * Looks whether releases arrive, one service at a time, and puts on record where they do not. Woken
 * by what may move a slot, and by time: that nothing happens is told by no event.
 */
import type { ServiceSpec } from '#catalog/events.ts'
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { together } from '#engine/together.ts'
import { policyByPlace } from '#gates/queries.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { SlotCommand } from '../commands.ts'
import { waitsSince } from '../delivery.ts'
import { slotRow } from '../queries.ts'
import { oldestUndelivered, whyUndelivered } from '../queries/undelivered.ts'
import { type SlotState, slotId, slots } from '../slot.ts'
import type { RolloutNeeds } from './needs.ts'

/** Another policy, a veto that was lifted: found within this. */
const LOOK_MS = 60 * 60 * 1000

interface Place {
  readonly service: string
  readonly environment: string
}

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
      const { service, policy } = await together({
        service: serviceNamed(engine.reads, name),
        policy: policyByPlace(engine.reads),
      })
      if (service === undefined) return undefined
      const next: number[] = []
      for (const { environment, kind, ...looked } of await looks(needs, service)) {
        if (kind === undefined) continue
        const { row } = policy({ tier: service.tier, environmentKind: kind })
        const place = { service: name, environment }
        const dueAt = await note(needs, { place, ...looked }, row.stalledMs)
        if (dueAt !== undefined) next.push(dueAt)
      }
      const [soonest] = next.toSorted((a, b) => a - b)
      return soonest === undefined ? undefined : { at: Math.min(soonest, now() + LOOK_MS) }
    },
  })
}

interface Look {
  readonly state: SlotState | undefined
  readonly found: Awaited<ReturnType<typeof oldestUndelivered>>
}

/** At all places at once. */
function looks({ engine: { reads } }: RolloutNeeds, { name, path }: ServiceSpec) {
  return Promise.all(
    path.map(async (environment) => {
      const { place, slot } = await together({
        place: environmentNamed(reads, environment),
        slot: slotRow(reads, environment, name),
      })
      const state = slot?.state
      const found = state && (await oldestUndelivered(reads, { service: name, environment }, state))
      return { environment, kind: place?.kind, state, found: found ?? null }
    }),
  )
}

/** When to look again; undefined when nothing waits there. */
async function note(
  { engine, now }: RolloutNeeds,
  { place, state, found }: Look & { readonly place: Place },
  limitMs: number,
): Promise<number | undefined> {
  const at = now()
  if (state === undefined) return undefined
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
