/** What a rollback of a slot rests on: what runs, what was validated, how far back that is. */
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { policyFor } from '#gates/queries.ts'
import { releaseNamed } from '#releases/queries.ts'
import { deploymentNamed, validationsIn } from '../queries.ts'
import type { RollbackFacts } from '../rollback.ts'
import type { RollbackWindow } from '../rollback-window.ts'
import type { SlotState } from '../slot.ts'
import { isVetoed } from './facts.ts'
import { slotFloor } from './floor.ts'

/** Releases offered and looked through: further back is another age. */
const TARGETS_MAX = 20

export async function rollbackFacts(
  reads: Reads,
  about: {
    readonly at: number
    readonly service: string
    readonly environment: string
    readonly to?: string | undefined
    readonly force?: boolean | undefined
  },
  { settled }: Pick<SlotState, 'settled'>,
): Promise<RollbackFacts> {
  const { at: now, service, environment, to, force } = about
  const floor = await slotFloor(reads, { service, environment })
  const validated = new Map<string, RollbackFacts['validated'][number]>()
  for (const row of await validationsIn(reads, { service, environment })) {
    const { deployment, release, version, artifact, at } = row
    if (validated.has(release) || validated.size >= TARGETS_MAX) continue
    const known = await releaseNamed(reads, release)
    validated.set(release, {
      deployed: { deployment, release, version, artifact },
      at,
      isVetoed: known === undefined || isVetoed(known, environment),
      below: floor.below(release),
      doubt: floor.doubt(release),
    })
  }
  const current = settled && (await deploymentNamed(reads, settled.deployment))
  const settledBy = current?.undoes ? 'rollback' : (current?.kind ?? 'forward')
  const window = await windowOf(reads, service, environment)
  const rest = { to, isForced: force === true, window, now }
  return { settled, settledBy, validated: [...validated.values()], ...rest }
}

/** What was removed from the catalog is judged as the least of services. */
export async function windowOf(reads: Reads, name: string, place: string): Promise<RollbackWindow> {
  const { tier = 3 } = (await serviceNamed(reads, name)) ?? {}
  const { kind = 'development' } = (await environmentNamed(reads, place)) ?? {}
  return (await policyFor(reads, { tier, environmentKind: kind })).row.rollbackWindow
}
