/**
 * Gives every service its port in every environment of its path, as soon as it is on it: the
 * address of a dependency is then known before the dependency is there. One turn looks at one
 * environment, so that no port is given twice: the key's lease is the lock.
 */
import { environmentNamed, services } from '#catalog/queries.ts'
import type { EnvironmentEvent, ServiceEvent } from '#catalog/events.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { slotRows } from '../queries.ts'
import { slotId, slots } from '../slot.ts'
import type { RolloutNeeds } from './needs.ts'

export function addresses(needs: RolloutNeeds): Reconciler {
  return defineReconciler<ServiceEvent | EnvironmentEvent>({
    kind: 'addresses',
    concurrency: 1,
    hears: ['service', 'environment'],
    wokenBy: ({ event: { spec } }) => ('path' in spec ? spec.path : [spec.name]),
    reconcile: (environment) => open(needs, environment),
  })
}

async function open({ engine, log, now }: RolloutNeeds, name: string): Promise<void> {
  const environment = await environmentNamed(engine.reads, name)
  if (environment === undefined) return
  const rows = await slotRows(engine.reads, { environment: name })
  const have = new Set(rows.map((row) => row.service))
  const taken = new Set(rows.map((row) => row.port))
  const { from, to } = environment.ports
  let port = from
  for (const service of await services(engine.reads)) {
    if (!service.path.includes(name) || have.has(service.name)) continue
    while (taken.has(port)) port++
    if (port > to) {
      log.error({ environment: name, service: service.name, from, to }, 'no port is left to give')
      return
    }
    taken.add(port)
    const place = { service: service.name, environment: name, port }
    const command = { type: 'slot.open', at: now(), by: SYSTEM.id, ...place } as const
    await engine.execute(slots, slotId(name, service.name), command, { actor: SYSTEM })
  }
}
