/**
 * Carries out what was ordered to be forgotten. The order is a fact of its own and sealed like any
 * other, so an event without its salt is either named by one, or was tampered with.
 */
import type { Engine } from '#engine/engine.ts'
import { without } from '../audit.ts'
import { commitmentOf } from '../log/entry.ts'
import { erasureOrders, erase } from '../queries/erasures.ts'
import { eventNamed } from '../queries/log-reads.ts'

export async function eraseOrdered(database: Engine['database']): Promise<void> {
  for (const order of await erasureOrders(database)) {
    const found = await eventNamed(database, order.stream, order.version)
    if (found === undefined) continue
    const data = without(found.data, order.fields)
    if (found.salt === null && JSON.stringify(data) === JSON.stringify(found.data)) continue
    const digest = found.digest ?? (found.salt === null ? '' : commitmentOf(found.salt, found.data))
    await erase(database, { stream: order.stream, version: order.version, data, digest })
  }
}
