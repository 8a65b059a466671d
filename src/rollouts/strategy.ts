/**
 * Which way a release goes where: what its service asks for, as far as its tier lets it choose, and
 * why it is another one where it is.
 */
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import type { TierPolicy } from '#gates/events.ts'
import type { Strategy } from './events.ts'

/** From this tier on a service may be less careful than its row says. */
export const FREE_CHOICE_FROM_TIER = 2

/**
 * Every user a part of the time, every user at once after a test, few users first: the later the
 * fewer are hurt.
 */
const CARE: readonly Strategy[] = ['rolling', 'blue-green', 'canary']

/**
 * Outside production the row decides alone: there is no traffic to learn from. In production a
 * service may always be more careful than its row, and less careful where little is at stake.
 */
export function strategyOf(
  service: ServiceSpec,
  kind: EnvironmentSpec['kind'],
  row: TierPolicy,
): Strategy {
  const wish = service.deploy.strategy
  if (kind !== 'production' || wish === undefined) return row.strategy
  const isCareful = CARE.indexOf(wish) >= CARE.indexOf(row.strategy)
  return isCareful || service.tier >= FREE_CHOICE_FROM_TIER ? wish : row.strategy
}

/** Undefined where a service gets what it asks for, or asks for nothing. */
export function whyNotAsAsked(
  { deploy, name, tier }: Pick<ServiceSpec, 'deploy' | 'name' | 'tier'>,
  kind: EnvironmentSpec['kind'],
  taken: Strategy,
): string | undefined {
  const { strategy: wish } = deploy
  if (wish === undefined || wish === taken) return undefined
  const asks = `${name} asks for ${wish}`
  if (kind !== 'production')
    return `${asks}, which is for production: elsewhere its policy row decides.`
  return `${asks}, less careful than ${taken}: in production tier ${tier} may only be more so.`
}
