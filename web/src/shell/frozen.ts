/** Whether a freeze holds an environment now; half-open, as the server counts. */
import type { Freeze } from '../api/types.ts'

/** How the server writes "all of them". */
const EVERYWHERE = '*'

export function isFrozen(freeze: Freeze, environment: string, now: number): boolean {
  const { environments, startsAt, endsAt } = freeze
  const isHere = environments.includes(environment) || environments.includes(EVERYWHERE)
  return isHere && startsAt <= now && now < endsAt
}

/** Some services go on. */
export function isPartial({ services }: Freeze): boolean {
  return !services.includes(EVERYWHERE)
}
