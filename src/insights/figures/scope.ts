/** Facts of one service, team, tier or environment: a part of the whole, linked as in the whole. */
import type { Observation, ObservationType, Observed } from '../observations/observation.ts'
import { toldOf } from './facts/catalog.ts'
import type { Facts, ServiceFact, Told } from './facts/facts.ts'
import { type Slotted, split } from './facts/split.ts'
import { tierAt } from './readiness.ts'

export interface Scope {
  readonly service?: string | undefined
  readonly team?: string | undefined
  /** 0–3; null: of those whose tier nobody told. */
  readonly tier?: number | null | undefined
  readonly environment?: string | undefined
}

/** At the instant `at`, where what is asked for is not of an instant of its own. */
export function scoped(facts: Facts, scope: Scope, at: number): Facts {
  const { service, team, tier, environment } = scope
  const isOpen = [service, team, tier, environment].every((one) => one === undefined)
  if (isOpen) return facts
  const isNamed = (name: string | null) => {
    if (service !== undefined && name !== service) return false
    if (team === undefined) return true
    const known = facts.services.get(name ?? '')
    return toldOf(known, 'team', at) === team || toldOf(known, 'owner', at) === team
  }
  const isOfTier = (one: { readonly tier: number | null }) =>
    tier === undefined || one.tier === tier
  const isHere = (one: { readonly environment: string }) =>
    environment === undefined || one.environment === environment
  const fits = (one: {
    readonly service: string
    readonly tier: number | null
    readonly environment: string
  }) => isNamed(one.service) && isOfTier(one) && isHere(one)
  const services = new Map(
    [...facts.services].filter(
      ([name, one]) => isNamed(name) && (tier === undefined || tierAt(facts, one, at) === tier),
    ),
  )
  const narrow = <T extends Slotted>(all: readonly T[]) =>
    (service === undefined && tier === undefined ? all : split(all, { service, tier })).filter(fits)
  const runs = once(() => facts.runs.filter((one) => isNamed(one.service) && isOfTier(one)))
  const [deployments, changes] = [
    once(() => narrow(facts.deployments)),
    once(() => narrow(facts.changes)),
  ]
  const failures = once(() => facts.failures.filter((one) => fits(one.deployment)))
  const incidents = once(() => facts.incidents.filter((one) => isNamed(one.service)))
  const names = (all: Facts['runs']) => new Set(all.map(({ run }) => run))
  const [wanted, known] = [once(() => names(runs())), once(() => names(facts.runs))]
  const told = toldIn(facts.told, {
    runs: wanted,
    known,
    isNamed: (name) => isNamed(name) && (tier === undefined || isOfServices(services, facts, name)),
  })
  const { asOf, commits } = facts
  // What no figure asks for is not looked through.
  return {
    ...{ asOf, commits, services, told },
    get inProgress() {
      return facts.inProgress
    },
    get anomalies() {
      return facts.anomalies
    },
    get deployments() {
      return deployments()
    },
    get changes() {
      return changes()
    },
    get failures() {
      return failures()
    },
    get incidents() {
      return incidents()
    },
    get runs() {
      return runs()
    },
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** One that nobody registered has a tier by its deployments alone. */
function isOfServices(
  services: ReadonlyMap<string, ServiceFact>,
  { services: all }: Facts,
  name: string,
): boolean {
  return services.has(name) || !all.has(name)
}

function toldIn(
  told: Told,
  wanted: {
    readonly runs: () => ReadonlySet<string>
    readonly known: () => ReadonlySet<string>
    readonly isNamed: (service: string) => boolean
  },
): Told {
  const fits = (one: Observation): boolean => {
    if ('run' in one && wanted.known().has(one.run ?? '')) return wanted.runs().has(one.run ?? '')
    // What is of no service is of everybody: a survey, a probe, a ticket, a commit.
    return !('service' in one) || one.service === undefined || wanted.isNamed(one.service)
  }
  const kept = new Map<ObservationType, readonly Observation[]>()
  return {
    of<T extends ObservationType>(type: T) {
      const known = kept.get(type) ?? (told.of(type) as readonly Observation[]).filter(fits)
      kept.set(type, known)
      return known as unknown as readonly Observed<T>[]
    },
  }
}

/** Tiers that anything is of, in their order. */
export function tiersIn(facts: Facts, at: number): readonly (number | null)[] {
  const tiers = new Set<number | null>()
  for (const { tier } of facts.deployments) tiers.add(tier)
  for (const { tier } of facts.runs) tiers.add(tier)
  for (const one of facts.services.values()) tiers.add(tierAt(facts, one, at))
  return [...tiers].sort((a, b) => (a ?? 9) - (b ?? 9))
}
