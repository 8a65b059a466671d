/** A server that knows no connection to be measured by. Tests only. */
import { Fault } from '#kernel/fault.ts'
import type { Metrics } from '#rollouts/ports.ts'

export const noMetrics: Metrics = {
  check() {},
  async between() {
    throw new Fault('metrics.unknown', 'There is no connection.', { remedy: 'Add one.' })
  },
}
