/** Which slots a window or a freeze is about. */
import type { EnvironmentSpec, Tier } from '#catalog/events.ts'
import type { WindowScope } from '../events.ts'

/** In a scope: every environment, or every service. */
export const ALL = '*'

/** A slot, with what is to be known of it to say which windows cover it. */
export interface Place {
  readonly service: string
  readonly environment: string
  readonly kind: EnvironmentSpec['kind']
  readonly tier: Tier
  /** Of the service's owner, when it is declared. */
  readonly zone?: string | undefined
}

/** Of what is not said of the place, anything may be. */
export function covers(scope: WindowScope, place: Partial<Place>): boolean {
  const { environments, kinds, services, tiers } = scope
  return (
    isNamed(environments, place.environment) &&
    isNamed(services, place.service) &&
    isOne(kinds, place.kind) &&
    isOne(tiers, place.tier)
  )
}

/**
 * Tier 3 stands still for hard freezes alone, and for those that name it: what nobody outside sees
 * need not wait for everybody else's season.
 */
export function freezesTier(
  { owner, services }: { readonly owner: string | null; readonly services: readonly string[] },
  { service, tier }: { readonly service: string; readonly tier: Tier },
): boolean {
  return tier < 3 || owner !== null || services.includes(service)
}

/** Nobody means everything by saying nothing, or anything by an empty list. */
export function isScoped(scope: WindowScope): boolean {
  const given = Object.values(scope).filter((list) => list !== undefined)
  return given.length > 0 && given.every((list) => list.length > 0)
}

/** `kinds production, tiers 0, 1`. */
export function scopeText(scope: WindowScope): string {
  return Object.entries(scope)
    .filter(([, list]) => list !== undefined)
    .map(([what, list]: [string, readonly unknown[]]) => `${what} ${list.join(', ')}`)
    .join('; ')
}

function isOne<T>(list: readonly T[] | undefined, one: T | undefined): boolean {
  return list === undefined || one === undefined || list.includes(one)
}

function isNamed(names: readonly string[] | undefined, name: string | undefined): boolean {
  return names?.includes(ALL) === true || isOne(names, name)
}
