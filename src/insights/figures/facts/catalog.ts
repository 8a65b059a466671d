/** Services and environments as they were told, with their history (C5: never today's tier). */
import type { Observed } from '../../observations/observation.ts'
import type { ServiceFact, Told } from './facts.ts'
import { grouped, ofAll } from './told.ts'

export function servicesOf(told: Told): ReadonlyMap<string, ServiceFact> {
  const all = ofAll(told, ['service.registered', 'service.changed'])
  const services = [...grouped(all, ({ service }) => service)]
  return new Map(services.map(([service, its]) => [service, { service, told: its }]))
}

type ServiceTold = Observed<'service.registered' | 'service.changed'>

/** The latest word on a field before an instant; of what was told only later, the first. */
export function toldOf<F extends keyof ServiceTold>(
  service: ServiceFact | undefined,
  field: F,
  at: number,
): ServiceTold[F] | undefined {
  const words = service?.told.filter((one) => one[field] !== undefined) ?? []
  const before = words.findLast(({ occurredAt }) => occurredAt <= at)
  return (before ?? words[0])?.[field]
}

export function tierOf(service: ServiceFact | undefined, at: number): number | null {
  return toldOf(service, 'tier', at) ?? null
}

/** Registered by then, and not given up. */
export function isActiveAt(service: ServiceFact, at: number): boolean {
  const before = service.told.filter(({ occurredAt }) => occurredAt < at)
  if (before.length === 0) return false
  return before.findLast(({ isActive }) => isActive !== undefined)?.isActive ?? true
}

const PRODUCTION = /^(prod|production|prd|live)([-_./ ].*)?$/i
const STAGING = /^(staging|stage|stg|preprod|pre-production|preproduction)([-_./ ].*)?$/i
const OTHER =
  /^(dev|development|test|testing|qa|int|integration|sandbox|preview|ci|local)([-_./ ].*)?$/i

export type EnvironmentKind = Observed<'environment.changed'>['kind'] | 'unknown'

export interface Environments {
  kindOf(name: string, at: number, told: string | undefined): EnvironmentKind
}

/** By what the deployment says, what was told of the environment, and last by its name. */
export function environmentsOf(told: Told): Environments {
  const known = grouped(told.of('environment.changed'), ({ environment }) => environment)
  return {
    kindOf(name, at, said) {
      if (said !== undefined) return said as EnvironmentKind
      const words = known.get(name)
      const word = words?.findLast(({ occurredAt }) => occurredAt <= at) ?? words?.[0]
      if (word !== undefined) return word.kind
      if (PRODUCTION.test(name)) return 'production'
      if (STAGING.test(name)) return 'staging'
      return OTHER.test(name) ? 'development' : 'unknown'
    },
  }
}
