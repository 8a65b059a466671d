/**
 * What a release would do in a slot that nobody can undo, and who may still have to go back behind
 * it. Asked where a person has to answer for that: in production, of what customers depend on.
 */
import { sql } from 'kysely'
import type { EnvironmentSpec, ServiceSpec } from '#catalog/events.ts'
import type { Reads } from '#engine/sql.ts'
import type { TierPolicy } from '#gates/events.ts'
import { formatDuration } from '#kernel/duration.ts'
import { together } from '#engine/together.ts'
import { releaseNamed } from '#releases/queries.ts'
import { needsOf, takenBy } from '#releases/queries/no-return.ts'
import type { NoReturn } from '../events.ts'
import { deploymentNamed, validationsIn } from '../queries.ts'
import { rollbackPath } from '../rollback-window.ts'
import type { PromotionFacts } from '../rules/facts.ts'
import { NO_RETURN_STEPS_MAX } from '../schemas.ts'
import type { DeploymentRow } from '../views/deployments.ts'
import { appliedIn, slotFloor } from './floor.ts'

/** From this tier on a service loses its way back without a word. */
const FREE_FROM_TIER = 2
/** Releases looked through; a window is some revisions and some days. */
const REVISIONS_MAX = 100

interface Place {
  readonly service: Pick<ServiceSpec, 'name' | 'tier'>
  readonly environment: Pick<EnvironmentSpec, 'name' | 'kind'>
}

/** Undefined: it can be undone, or nobody has to answer for it. */
export async function noReturnOf(
  reads: Reads,
  { service, environment }: Place,
  release: string,
): Promise<NoReturn | undefined> {
  if (environment.kind !== 'production' || service.tier >= FREE_FROM_TIER) return undefined
  const place = { service: service.name, environment: environment.name }
  const applied = await appliedIn(reads, place)
  const { count, steps } = await takenBy(reads, { service: service.name, release, applied })
  return count === 0 ? undefined : { steps: steps.slice(0, NO_RETURN_STEPS_MAX), count }
}

/** Releases inside the slot's rollback window that need what this one takes away. */
export async function needingIn(
  reads: Reads,
  about: {
    readonly service: string
    readonly environment: string
    readonly release: string
    readonly running: string | undefined
    readonly window: TierPolicy['rollbackWindow']
    readonly now: number
  },
): Promise<NonNullable<PromotionFacts['noReturn']>['needing']> {
  const { service, environment, release, running, window, now } = about
  const { floor, validations } = await together({
    floor: slotFloor(reads, { service, environment }),
    validations: validationsIn(reads, { service, environment }, REVISIONS_MAX),
  })
  const inside = new Map<string, number>()
  for (const row of validations) if (!inside.has(row.release)) inside.set(row.release, row.at)
  const rows = await Promise.all([...inside.keys()].map((id) => releaseNamed(reads, id)))
  const candidates: string[] = []
  for (const [behind, [id, at]] of [...inside].entries()) {
    const { path } = rollbackPath(window, { behind, ageMs: now - at })
    const vetoes = rows[behind]?.vetoes
    const isVetoed = vetoes === undefined || vetoes.includes('*') || vetoes.includes(environment)
    if (path === 'fast' && id !== release && !isVetoed && floor.below(id) === undefined)
      candidates.push(id)
  }
  const needs = await needsOf(reads, { service, release, older: candidates })
  // What runs there now goes on running beside the new one, on what that leaves: only its own word
  // that it cannot speaks against it. That there is no way back to it is what a person accepts.
  return needs
    .filter(({ kind, older }) => kind === 'said' || older !== running)
    .map(({ version, why }) => ({ version, why }))
}

export function windowText({ revisions, ms }: TierPolicy['rollbackWindow']): string {
  return `${revisions} revisions or ${formatDuration(ms)}`
}

/** The last point of no return that was passed in the slot. */
export async function passedIn(
  reads: Reads,
  { service, environment }: { readonly service: string; readonly environment: string },
): Promise<DeploymentRow | undefined> {
  const row = await reads
    .withTables<{ deployments: DeploymentRow }>()
    .selectFrom('deployments')
    .select('id')
    .where('service', '=', service)
    .where('environment', '=', environment)
    .where(sql<boolean>`"noReturn" is not null`)
    .orderBy('startedAt', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && deploymentNamed(reads, row.id)
}
