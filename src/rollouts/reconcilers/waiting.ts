/**
 * Wakes the promotions that a change in the world may concern. What a freeze or a policy says is
 * told by no promotion's own stream, so somebody has to look up who waits; what changes without an
 * event is found by the promotions themselves, which look again every few seconds.
 */
import type { DomainEvent } from '#engine/store.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { waitingPromotions } from '../queries.ts'
import type { RolloutNeeds } from './needs.ts'

const EVERYONE = '*'
const HEARD = [
  'slot',
  'promotion',
  'release',
  'freeze',
  'window',
  'policy',
  'waiver',
  'service',
  'environment',
  'actor',
]
/** These change nothing for those that wait. */
const IRRELEVANT = new Set(['actor.tokenIssued', 'actor.tokenRevoked', 'waiver.requested'])

export function waiting({ engine }: RolloutNeeds): Reconciler {
  return defineReconciler<DomainEvent & { readonly service?: string }>({
    kind: 'waiting',
    concurrency: 1,
    hears: HEARD,
    wokenBy({ event, id }) {
      if (event.type.startsWith('promotion.'))
        return isTurnOver(event) && event.service !== undefined ? [event.service] : []
      if (IRRELEVANT.has(event.type)) return []
      // A slot is named `<environment>/<service>`, a service by itself.
      if (event.type.startsWith('slot.')) return [id.slice(id.indexOf('/') + 1)]
      return [event.service ?? (event.type.startsWith('service.') ? id : EVERYONE)]
    },
    async reconcile(key) {
      const of = key === EVERYONE ? {} : { service: key }
      const rows = await waitingPromotions(engine.reads, of)
      await engine.wake(rows.map(({ id }) => ({ kind: 'promotion', key: id })))
    },
  })
}

/** One came or went: the order in which the others have their turn is another. */
function isTurnOver({ type }: DomainEvent): boolean {
  return type === 'promotion.planned' || type === 'promotion.ended'
}
