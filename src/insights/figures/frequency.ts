import { wallAt } from '#kernel/zone.ts'
import {
  type Counted,
  firstFrom,
  inside as within,
  none,
  type Part,
  type Window,
} from './answer.ts'
import type { DeploymentFact, Facts } from './facts/facts.ts'
import { slotOf } from './facts/changes.ts'
import { grouped } from './facts/told.ts'
import { medianOf, spreadOf } from './statistics.ts'

const DAY_MS = 86_400_000
const WEEK_DAYS = 7
const WEEKS = 13
/** 1970 began on a Thursday: ISO weeks begin three days before or four after. */
const FIRST_MONDAY = 4
const MONTH_DAYS = 30.4375
/** A level takes as many deployments, and a window as long (C8). */
const [LEVEL_DEPLOYMENTS, LEVEL_WEEKS] = [5, 4]

export const delivers = ({ kind, outcome }: DeploymentFact) =>
  outcome === 'succeeded' && (kind === 'normal' || kind === 'hotfix' || kind === 'config')

/**
 * K1, deployment frequency: successful deployments to production of kind normal, hotfix or config,
 * a day of the window. Beside it the days a week with at least one (median of the last 13 complete
 * ISO weeks, weeks without any included), the time between deployments, and in series of their own
 * rollbacks, redeployments, flags, infrastructure, and attempts whatever became of them.
 */
export function frequency(facts: Facts, window: Window): Counted {
  if (facts.deployments.length === 0 && facts.inProgress.length === 0) return none('no_source')
  const inside = within(facts.deployments, finish, window).filter(isOfUsers)
  const inProgress = facts.inProgress.length
  if (inside.length === 0) return none('no_events', { inProgress })
  const counted = inside.filter(delivers)
  const days = (window.to - window.from) / DAY_MS
  const perWeek = deployDaysPerWeek(facts.deployments, window)
  const of = (kind: string) =>
    inside.filter((one) => one.kind === kind && one.outcome === 'succeeded').length
  const level = levelOf(counted.length, days, perWeek, window)
  return {
    answer: {
      value: counted.length / days,
      n: counted.length,
      deployDaysPerWeek: perWeek,
      betweenMs: spreadOf(gaps(facts.deployments, window)),
      attempts: inside.reduce((sum, { attempts }) => sum + attempts, 0),
      rollbacks: of('rollback'),
      redeploys: of('redeploy'),
      flags: of('flag'),
      infra: of('infra'),
      notSucceeded: inside.filter(({ outcome }) => outcome !== 'succeeded').length,
      inProgress,
      late: inside.filter(({ isLate }) => isLate).length,
      ...(level && { level }),
    },
    get parts() {
      return inside.map((one) => partOf(one, delivers(one) ? 'counted' : 'not counted'))
    },
  }
}

const finish = ({ finishedAt }: DeploymentFact) => finishedAt
const isOfUsers = ({ isProduction }: DeploymentFact) => isProduction
const isDelivery = (one: DeploymentFact) => one.isProduction && delivers(one)

export function partOf(
  { id, finishedAt, from }: DeploymentFact,
  counts: string,
  value?: number,
): Part {
  const measured = value === undefined ? {} : { value }
  return { what: 'deployment', id, at: finishedAt, counts, ...measured, from }
}

function deployDaysPerWeek(
  deployments: readonly DeploymentFact[],
  { to, asOf, zone }: Window,
): number | null {
  const dayOf = (at: number) => Math.floor(wallAt(zone, at) / DAY_MS)
  const weekOf = (day: number) => Math.floor((day - FIRST_MONDAY) / WEEK_DAYS)
  // The week that the end lies in is not over.
  const thisWeek = weekOf(dayOf(Math.min(to, asOf)))
  const days = new Map<number, Set<number>>()
  // By any calendar the weeks that count begin less than two weeks before as many weeks ago.
  const until = Math.min(to, asOf) + WEEK_DAYS * DAY_MS
  const recent = { from: until - (WEEKS + 3) * WEEK_DAYS * DAY_MS, to: until }
  for (const { finishedAt } of within(deployments, finish, recent).filter(isDelivery)) {
    const day = dayOf(finishedAt)
    const week = weekOf(day)
    if (week < thisWeek - WEEKS || week >= thisWeek) continue
    const known = days.get(week)
    if (known === undefined) days.set(week, new Set([day]))
    else known.add(day)
  }
  return medianOf(
    Array.from({ length: WEEKS }, (_, i) => days.get(thisWeek - WEEKS + i)?.size ?? 0),
  )
}

/** From one deployment to the next of the same service and environment. */
function gaps(deployments: readonly DeploymentFact[], window: Window): readonly number[] {
  const inside = within(deployments, finish, window).filter(isDelivery)
  const slots = grouped(inside, slotOf)
  const before = lastBefore(deployments, window.from, new Set(slots.keys()))
  return [...slots].flatMap(([slot, its]) => {
    const first = before.get(slot)
    const instants = [...(first === undefined ? [] : [first]), ...its.map(finish)]
    return instants.slice(1).map((at, i) => at - (instants[i] ?? at))
  })
}

/** Of each slot its last delivery before the instant. */
function lastBefore(
  deployments: readonly DeploymentFact[],
  at: number,
  slots: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (let i = firstFrom(deployments, finish, at) - 1; i >= 0 && found.size < slots.size; i--) {
    const one = deployments[i]
    if (one === undefined || !isDelivery(one)) continue
    const slot = slotOf(one)
    if (slots.has(slot) && !found.has(slot)) found.set(slot, one.finishedAt)
  }
  return found
}

function levelOf(
  count: number,
  days: number,
  perWeek: number | null,
  { isOneService }: Window,
): string | undefined {
  const isEnough = count >= LEVEL_DEPLOYMENTS && days >= LEVEL_WEEKS * WEEK_DAYS
  if (!isOneService || !isEnough || perWeek === null) return undefined
  if (perWeek >= 5) return 'elite'
  if (perWeek >= 1) return 'high'
  return (count / days) * MONTH_DAYS >= 1 ? 'medium' : 'low'
}
