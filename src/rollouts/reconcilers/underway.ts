/**
 * Wakes the deployments under way that a change in the world may concern. One that rests looks
 * again when the calendar lets it go on; what people do meanwhile, a freeze lifted or a release
 * vetoed, is told by no stream of its own.
 */
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { deployments } from '../queries.ts'
import type { RolloutNeeds } from './needs.ts'

const EVERYONE = '*'
/** More at once than a thousand services have; the others look by themselves within a minute. */
const UNDER_WAY_MAX = 500
const TELLING =
  /^(slot\.(held|resumed)|release\.veto|freeze\.|window\.|policy\.|environment\.|emergency\.)/

export function underway({ engine }: RolloutNeeds): Reconciler {
  return defineReconciler<DomainEvent & { readonly service?: string }>({
    kind: 'underway',
    concurrency: 1,
    hears: ['slot', 'release', 'freeze', 'window', 'policy', 'environment', 'emergency'],
    wokenBy: ({ event }) => (TELLING.test(event.type) ? [event.service ?? EVERYONE] : []),
    async reconcile(key) {
      const of = key === EVERYONE ? {} : { service: key }
      const rows = await deployments(engine.reads, { ...of, open: true, limit: UNDER_WAY_MAX })
      await engine.wake(rows.map(({ id }) => ({ kind: 'deployment', key: id })))
    },
  })
}
