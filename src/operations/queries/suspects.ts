/** The changes that an incident may come from: of its service, and of what that depends on. */
import { serviceNamed } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { flagChanges } from '#rollouts/queries/flags.ts'
import { deployments, type DeploymentRow } from '#rollouts/queries.ts'
import type { IncidentRow } from '../queries.ts'
import { type Change, HOPS_MAX, LOOK_BACK_MS, type Suspect, suspectsOf } from '../suspects.ts'

/** Of each service; a service that changes more often in a day has other troubles. */
const CHANGES_MAX = 50
/** A service with more dependencies than these depends on everything. */
const SERVICES_MAX = 60

export async function suspectsIn(
  reads: Reads,
  incident: Pick<IncidentRow, 'service' | 'environment' | 'impact_started_at'>,
): Promise<readonly Suspect[]> {
  const { service, environment, impact_started_at: at } = incident
  const changes: Change[] = []
  for (const [name, hops] of await near(reads, service)) {
    const rows = await deployments(reads, {
      ...{ service: name, environment, since: at - LOOK_BACK_MS - LONGEST_MS, limit: CHANGES_MAX },
    })
    changes.push(...rows.map((row) => deployed(row, hops, at)))
    const flags = await flagChanges(reads, { service: name, limit: CHANGES_MAX })
    changes.push(
      ...flags
        .filter((row) => row.environment === environment && GIVEN.has(row.outcome))
        .map((row) => ({
          kind: 'flag' as const,
          id: row.id,
          ...{ service: name, environment, what: row.flag, by: row.by, hops },
          exposures: [{ at: row.endedAt ?? row.plannedAt, weight: null }],
          ratio: null,
          isUndone: false,
        })),
    )
  }
  return suspectsOf(at, changes)
}

/** A rollout that began two days ago may have taken its last step a minute ago. */
const LONGEST_MS = 2 * 24 * 60 * 60 * 1000
/** A kill changes what users get, too. */
const GIVEN: ReadonlySet<string> = new Set(['succeeded', 'kill'])

function deployed(row: DeploymentRow, hops: number, harmAt: number): Change {
  const { id, service, environment, version: what, by, weights, outcome, finishedAt } = row
  const isBack = outcome === 'rolledBack' || outcome === 'aborted' || outcome === 'failed'
  return {
    ...{ kind: 'deployment', id, service, environment, what, by, hops },
    exposures: weights.map(({ at, weight }) => ({ at, weight })),
    ratio: row.verdict?.ratio ?? null,
    isUndone: isBack && finishedAt !== null && finishedAt < harmAt,
  }
}

/** The service and what it depends on, each with how far away it is. */
async function near(reads: Reads, service: string): Promise<ReadonlyMap<string, number>> {
  const found = new Map([[service, 0]])
  let edge = [service]
  for (let hops = 1; hops <= HOPS_MAX; hops++) {
    const next: string[] = []
    for (const name of edge)
      for (const dependency of (await serviceNamed(reads, name))?.dependsOn ?? []) {
        if (found.has(dependency) || found.size >= SERVICES_MAX) continue
        found.set(dependency, hops)
        next.push(dependency)
      }
    edge = next
  }
  return found
}
