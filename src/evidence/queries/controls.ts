/** Measures each need of the control matrix over a window, with what is missing. */
import { services } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { reviewNamed } from '#operations/queries.ts'
import { checksProved } from '#pipelines/queries.ts'
import { releaseNamed } from '#releases/queries.ts'
import type { DeploymentRow } from '#rollouts/queries.ts'
import { emergenciesIn } from '#rollouts/queries/emergencies.ts'
import { reviewsDue } from '../access-review/schedule.ts'
import { type ControlGap, type Measured, measured, type Need } from '../controls/matrix.ts'
import type { Provenance } from '../ports/registry.ts'
import { COVERAGE_RULES, coverageOf, type Leg } from '../traceability/coverage.ts'
import { lastReviews, ownedServices } from './access-reviews.ts'
import { logFactsIn } from './log-facts.ts'
import { snapshotRows } from './snapshots.ts'
import { DEPLOYMENTS_MAX, shippedIn, tracedIn, type Window } from './traceability.ts'

const EMERGENCIES_READ = 500

export async function measuredNeeds(
  reads: Reads,
  needs: Provenance,
  window: Window,
  now: number,
): Promise<{ readonly needs: Readonly<Record<Need, Measured>>; readonly isCut: boolean }> {
  const [rows, traced, seen] = await Promise.all([
    shippedIn(reads, window),
    tracedIn(reads, needs, window),
    snapshotRows(reads, { service: window.service, untraced: true }),
  ])
  const shipped = rows.slice(0, DEPLOYMENTS_MAX)
  const { gaps } = coverageOf(traced.deployments, [], COVERAGE_RULES)
  const missing = (leg: Leg): ControlGap[] =>
    gaps.flatMap(({ deployment, missing: all }) =>
      all.filter((each) => each.leg === leg).map(({ message }) => ({ of: deployment, message })),
    )
  const untraced = seen.flatMap((row) =>
    row.untraced.map(({ of }) => ({ of: `${row.id}/${of.group}`, message: of.message })),
  )
  const n = shipped.length
  return {
    isCut: traced.isCut,
    needs: {
      population: measured(n + untraced.length, untraced),
      reason: measured(n, missing('ticket')),
      approval: measured(n, missing('approval')),
      testing: measured(n, await untested(reads, shipped)),
      'back-out': measured(n, withoutWayBack(shipped)),
      emergency: await emergencies(reads, window, now),
      'access-review': await accessReviews(reads, now),
      'log-integrity': await logIntegrity(reads, window),
    },
  }
}

async function untested(reads: Reads, rows: readonly DeploymentRow[]): Promise<ControlGap[]> {
  const tested = new Map<string, boolean>()
  for (const { release } of rows) {
    if (tested.has(release)) continue
    const run = (await releaseNamed(reads, release))?.run
    const checks = run === undefined ? [] : await checksProved(reads, run)
    const tests = checks.filter(({ check }) => check === 'tests')
    tested.set(release, tests.length > 0 && tests.every(({ outcome }) => outcome === 'succeeded'))
  }
  return rows
    .filter(({ release }) => tested.get(release) !== true)
    .map(({ id }) => ({ of: id, message: 'No job of its run proves that its tests passed.' }))
}

/** The first of a slot has nothing to go back to, and its removal is the way back. */
function withoutWayBack(rows: readonly DeploymentRow[]): ControlGap[] {
  const first = new Set<string>()
  return rows
    .toReversed()
    .filter(({ service, environment, returnPoint }) => {
      const slot = `${environment}/${service}`
      const isFirst = !first.has(slot)
      first.add(slot)
      return returnPoint === null && !isFirst
    })
    .map(({ id }) => ({ of: id, message: 'It had no validated release to go back to.' }))
}

async function emergencies(reads: Reads, window: Window, now: number): Promise<Measured> {
  const all = await emergenciesIn(reads, { service: window.service, limit: EMERGENCIES_READ })
  const inWindow = all.filter(
    ({ requestedAt, reviewDueAt }) =>
      requestedAt >= window.from && requestedAt < window.to && reviewDueAt !== null,
  )
  const gaps: ControlGap[] = []
  for (const { id, reviewDueAt } of inWindow) {
    const review = await reviewNamed(reads, id)
    if (review?.status === 'done' || now < (reviewDueAt ?? now)) continue
    gaps.push({ of: id, message: 'Its review is overdue.' })
  }
  return measured(inWindow.length, gaps)
}

/** A team whose first period is not over yet has not missed anything. */
async function accessReviews(reads: Reads, now: number): Promise<Measured> {
  if ((await services(reads)).length === 0) return measured(0, [])
  const due = reviewsDue(await ownedServices(reads), await lastReviews(reads))
  const late = due.filter(({ dueAt }) => dueAt <= now)
  const gaps = late.map(({ team }) => {
    const name = team === '*' ? 'everybody else' : `team ${team}`
    return { of: team, message: `The grants of ${name} have not been reviewed in time.` }
  })
  return measured(due.length, gaps)
}

/** What the log found when it looked at itself, and whatever kept it from sealing. */
async function logIntegrity(reads: Reads, window: Window): Promise<Measured> {
  const facts = await logFactsIn(reads, window)
  const gaps = facts.flatMap(({ id, trouble }) =>
    trouble === null ? [] : [{ of: id, message: trouble }],
  )
  return measured(facts.length, gaps)
}
