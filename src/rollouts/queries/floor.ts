/**
 * The rollback floor of a slot: which releases still work with what is applied in its environment.
 * A release counts as applied there from the moment its instances were ready once: by then it has
 * run its migrations, whether users ever saw it or not.
 */
import { sql } from 'kysely'
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { policyByPlace } from '#gates/queries.ts'
import { together } from '#engine/together.ts'
import { floorsOf, type RollbackFloor } from '#releases/queries/compatibility.ts'
import type { DeploymentRow } from '../views/deployments.ts'

export interface SlotFloor {
  readonly floor: RollbackFloor | undefined
  /** The floor, when the release stands below it. */
  below(release: string): RollbackFloor | undefined
  /** Why a release that may run there is doubted all the same; undefined mostly. */
  doubt(release: string): string | undefined
}

/** Nothing is known of the place, so nothing speaks against anything. */
const NO_FLOOR: SlotFloor = { floor: undefined, below: () => undefined, doubt: () => undefined }

/** Far more than the line of releases that is looked at. */
const APPLIED_MAX = 10_000

export async function slotFloor(
  reads: Reads,
  at: { readonly service: string; readonly environment: string },
): Promise<SlotFloor> {
  const { service, environment, policyOf, applied } = await together({
    service: serviceNamed(reads, at.service),
    environment: environmentNamed(reads, at.environment),
    policyOf: policyByPlace(reads),
    applied: appliedIn(reads, at),
  })
  if (service === undefined || environment === undefined) return NO_FLOOR
  const policy = policyOf({ tier: service.tier, environmentKind: environment.kind })
  const floors = await floorsOf(reads, { service: at.service, applied })
  const { floor, isBelow } = floors({ unknownIsUnsafe: policy.row.schemaUnknown === 'unsafe' })
  const doubted = floors({ unknownIsUnsafe: policy.row.schemaUnknown !== 'ignore' })
  return {
    floor,
    below: (release) => (isBelow(release) ? floor : undefined),
    doubt: (release) =>
      !isBelow(release) && doubted.isBelow(release) ? doubted.floor?.why : undefined,
  }
}

export async function appliedIn(
  reads: Reads,
  { service, environment }: { readonly service: string; readonly environment: string },
): Promise<ReadonlySet<string>> {
  const rows = await reads
    .withTables<{ deployments: DeploymentRow }>()
    .selectFrom('deployments')
    .select('release')
    .distinct()
    .where('service', '=', service)
    .where('environment', '=', environment)
    .where(sql<boolean>`"readyAt" is not null`)
    .limit(APPLIED_MAX)
    .execute()
  return new Set(rows.map(({ release }) => release))
}
