import { type Counted, endOf, none, type Part, rate, type Window } from './answer.ts'
import { isActiveAt, tierOf, toldOf } from './facts/catalog.ts'
import type { DeploymentFact, Facts, ServiceFact } from './facts/facts.ts'
import { split } from './facts/split.ts'
import { grouped, ofAll, referenceOf } from './facts/told.ts'

const DAY_MS = 86_400_000
/** How long a runbook is fresh, and a drill of the way back counts, by tier. */
const FRESH_DAYS: Readonly<Record<number, number>> = { 0: 90, 1: 180, 2: 365, 3: 365 }
const DRILL_DAYS: Readonly<Record<number, number>> = { 0: 90, 1: 180 }
const [FRESH_DAYS_ELSE, DRILL_DAYS_ELSE] = [365, 180]

const freshMs = (tier: number | null) => (FRESH_DAYS[tier ?? -1] ?? FRESH_DAYS_ELSE) * DAY_MS
const drillMs = (tier: number) => (DRILL_DAYS[tier] ?? DRILL_DAYS_ELSE) * DAY_MS

/** Active by then: registered, or seen to deploy to production. */
export function activeServices(facts: Facts, at: number): readonly ServiceFact[] {
  const registered = [...facts.services.values()].filter((one) => isActiveAt(one, at))
  const unregistered = new Set(
    facts.deployments
      .filter((one) => one.isProduction && one.finishedAt < at && !facts.services.has(one.service))
      .map(({ service }) => service),
  )
  const seen = [...unregistered].sort().map((service) => ({ service, told: [] }))
  return [...registered, ...seen].sort((a, b) => (a.service < b.service ? -1 : 1))
}

const RUNBOOK_TYPES = ['runbook.reviewed', 'runbook.updated'] as const

/**
 * K11, rollback readiness: of the active services of tier 0 and 1, the share with a rollback
 * runbook reviewed in time, and a way back that was proven: a passed rollback drill, or a real
 * rollback that succeeded, by the way in which the service is deployed now. Both in the last 90
 * days (tier 0) or 180 (tier 1), at the end of the window.
 */
export function rollbackReadiness(facts: Facts, window: Window): Counted {
  const at = endOf(window)
  const books = ofAll(facts.told, RUNBOOK_TYPES)
  const drills = facts.told.of('drill.completed')
  if (books.length + drills.length === 0) return none('no_source')
  const services = activeServices(facts, at).flatMap((one) => {
    const tier = tierAt(facts, one, at)
    return tier === 0 || tier === 1 ? [{ service: one.service, tier }] : []
  })
  if (services.length === 0) return none('not_applicable')
  const judged = services.map(({ service, tier }) => {
    const book = books.filter(
      (one) => one.service === service && one.kind === 'rollback' && one.occurredAt < at,
    )
    const last = book.at(-1)
    const isFresh = last !== undefined && at - last.occurredAt <= freshMs(tier)
    const its = split(facts.deployments, { service }).filter(
      (one) => one.isProduction && one.finishedAt < at,
    )
    const passed = drills.filter(
      (one) =>
        one.service === service &&
        one.drill === 'rollback' &&
        one.result === 'pass' &&
        one.occurredAt < at,
    )
    const proofs = [
      ...passed.map((one) => ({ at: one.occurredAt, from: [referenceOf(one)] })),
      ...its
        .filter(({ kind, outcome }) => kind === 'rollback' && outcome === 'succeeded')
        .map((one) => ({ at: one.finishedAt, from: one.from })),
    ].sort((a, b) => a.at - b.at)
    const proof = proofs.at(-1)
    const isProven =
      proof !== undefined && at - proof.at <= drillMs(tier) && isByTheSameWay(its, proof.at)
    const from = [...(last === undefined ? [] : [referenceOf(last)]), ...(proof?.from ?? [])]
    return { service, isFresh, isProven, from }
  })
  const ready = judged.filter(({ isFresh, isProven }) => isFresh && isProven)
  return {
    answer: {
      ...rate(ready.length, judged.length),
      ready: ready.length,
      withoutFreshRunbook: judged.filter(({ isFresh }) => !isFresh).length,
      withoutProof: judged.filter(({ isProven }) => !isProven).length,
    },
    parts: judged.map(({ service, isFresh, isProven, from }) => ({
      what: 'service' as const,
      id: service,
      at,
      counts:
        isFresh && isProven
          ? 'ready'
          : [isFresh || 'no fresh rollback runbook', isProven || 'not proven']
              .filter((one) => one !== true)
              .join(', '),
      from,
    })),
  }
}

export function tierAt(facts: Facts, service: ServiceFact, at: number): number | null {
  const told = tierOf(service, at)
  if (told !== null) return told
  return split(facts.deployments, { service: service.service }).at(-1)?.tier ?? null
}

/** Deployed now as it was when the way back was proven, as far as that is known. */
function isByTheSameWay(deployments: readonly DeploymentFact[], provenAt: number): boolean {
  const known = deployments.filter(({ strategy, kind }) => strategy !== null && kind !== 'rollback')
  const then = known.findLast(({ finishedAt }) => finishedAt <= provenAt)?.strategy
  const now = known.at(-1)?.strategy
  return then === undefined || now === undefined || then === now
}

/**
 * K19, documentation freshness: of the runbooks of active services, the share reviewed or updated
 * within what the tier asks (90 days in tier 0, 180 in tier 1, else 365), and not overtaken since
 * by a change of how the service is deployed, what it depends on or who owns it. At the window's
 * end.
 */
export function documentationFreshness(facts: Facts, window: Window): Counted {
  const at = endOf(window)
  const all = ofAll(facts.told, RUNBOOK_TYPES)
  if (all.length === 0) return none('no_source')
  const active = new Map(activeServices(facts, at).map((one) => [one.service, one]))
  const books = grouped(
    all.filter(({ occurredAt }) => occurredAt < at),
    ({ service, runbook }) => `${service}\n${runbook}`,
  )
  const judged = [...books.values()].flatMap((its) => {
    const last = its.at(-1)
    const service = facts.services.get(last?.service ?? '') ?? active.get(last?.service ?? '')
    const isGivenUp = service !== undefined && !active.has(service.service)
    if (last === undefined || isGivenUp) return []
    const tier = service === undefined ? null : tierAt(facts, service, at)
    const isInTime = at - last.occurredAt <= freshMs(tier)
    const isOvertaken = isInTime && hasChanged(facts, service, last.occurredAt, at)
    return [{ last, isInTime, isOvertaken, from: its.map(referenceOf) }]
  })
  if (judged.length === 0) return none('no_events')
  const fresh = judged.filter(({ isInTime, isOvertaken }) => isInTime && !isOvertaken)
  return {
    answer: {
      ...rate(fresh.length, judged.length),
      fresh: fresh.length,
      staleByTime: judged.filter(({ isInTime }) => !isInTime).length,
      staleByChange: judged.filter(({ isOvertaken }) => isOvertaken).length,
    },
    parts: judged.map(({ last, isInTime, isOvertaken, from }): Part => {
      const counts = isOvertaken ? 'stale by a change' : isInTime ? 'fresh' : 'stale by time'
      return {
        what: 'other',
        id: `${last.service}/${last.runbook}`,
        at: last.occurredAt,
        counts,
        from,
      }
    }),
  }
}

function hasChanged(
  facts: Facts,
  service: ServiceFact | undefined,
  since: number,
  at: number,
): boolean {
  if (service === undefined) return false
  const isOther = (field: 'owner' | 'team' | 'dependsOn') => {
    const saysBefore = service.told.some(
      (one) => one[field] !== undefined && one.occurredAt <= since,
    )
    if (!saysBefore) return false
    return (
      JSON.stringify(toldOf(service, field, since)) !== JSON.stringify(toldOf(service, field, at))
    )
  }
  const its = split(facts.deployments, { service: service.service }).filter(
    (one) => one.isProduction && one.finishedAt < at,
  )
  return isOther('owner') || isOther('team') || isOther('dependsOn') || !isByTheSameWay(its, since)
}
