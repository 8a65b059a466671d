/**
 * Wakes the promotions that a change in the world may concern. What a freeze or a policy says is
 * told by no promotion's own stream, so somebody has to look up who waits.
 */
import { artifactNamed } from '#artifacts/queries.ts'
import type { DomainEvent } from '#engine/store.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { waitingPromotions } from '../queries.ts'
import type { RolloutNeeds } from './needs.ts'

const EVERYONE = '*'
/** Stands before a digest; no service's name has a space. */
const ARTIFACT = 'artifact '
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
  'run',
  'artifact',
  'emergency',
  'record',
]
/** These change nothing for those that wait. */
const IRRELEVANT = new Set([
  'actor.tokenIssued',
  'actor.tokenRevoked',
  'waiver.requested',
  'record.unansweredReceived',
  'record.reviewed',
])

export function waiting({ engine }: RolloutNeeds): Reconciler {
  return defineReconciler<DomainEvent & { readonly service?: string }>({
    kind: 'waiting',
    concurrency: 4,
    hears: HEARD,
    wokenBy({ event, id }) {
      if (event.type.startsWith('promotion.'))
        return isTurnOver(event) && event.service !== undefined ? [event.service] : []
      if (IRRELEVANT.has(event.type)) return []
      // What a job proved counts when its run is over.
      if (event.type.startsWith('run.'))
        return event.type === 'run.finished' && event.service !== undefined ? [event.service] : []
      if (event.type.startsWith('artifact.')) return [event.service ?? `${ARTIFACT}${id}`]
      // A slot is named `<environment>/<service>`, a service by itself.
      if (event.type.startsWith('slot.')) return [id.slice(id.indexOf('/') + 1)]
      return [event.service ?? (event.type.startsWith('service.') ? id : EVERYONE)]
    },
    async reconcile(key) {
      const service = key.startsWith(ARTIFACT)
        ? (await artifactNamed(engine.reads, key.slice(ARTIFACT.length)))?.service
        : key
      if (service === undefined) return
      const of = service === EVERYONE ? {} : { service }
      const rows = await waitingPromotions(engine.reads, of)
      await engine.wake(rows.map(({ id }) => ({ kind: 'promotion', key: id })))
    },
  })
}

/** One came or went: the order in which the others have their turn is another. */
function isTurnOver({ type }: DomainEvent): boolean {
  return type === 'promotion.planned' || type === 'promotion.ended'
}
