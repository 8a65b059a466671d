/**
 * Plans what policy would promote next: for every environment of a service's path the newest
 * release that was validated in the one before. Whatever was planned once is never planned again
 * by itself, so what a person rejected or what was rolled back stays so; a held slot is left
 * alone.
 */
import type { ServiceSpec } from '#catalog/events.ts'
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import type { Engine } from '#engine/engine.ts'
import { sha256 } from '#engine/ids.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { together } from '#engine/together.ts'
import { policyByPlace } from '#gates/queries.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { releaseNamed, releasesOf, type ReleaseRow } from '#releases/queries.ts'
import { promotions } from '../promotion.ts'
import {
  type PromotionRow,
  promotions as promotionRows,
  slotRow,
  validationsIn,
} from '../queries.ts'
import { gatherFacts, isVetoed } from '../queries/facts.ts'
import type { RolloutNeeds } from './needs.ts'
import { gone, planCommand } from './planning.ts'

/** Older ones that never moved on will not do so by themselves any more. */
const RELEASES_MAX = 20

const WAKING = new Set([
  'release.created',
  'release.validated',
  'slot.opened',
  'slot.resumed',
  'service.registered',
  'service.changed',
])

export function autopromote(needs: RolloutNeeds): Reconciler {
  return defineReconciler<DomainEvent & { readonly service?: string }>({
    kind: 'autopromote',
    concurrency: 2,
    hears: ['release', 'slot', 'service'],
    wokenBy({ event, id }) {
      // Says no service: its id is looked up.
      if (event.type === 'release.unvetoed') return [id]
      return WAKING.has(event.type) ? [event.service ?? id] : []
    },
    async reconcile(key) {
      const { reads } = needs.engine
      const name = key.startsWith('rel_') ? (await releaseNamed(reads, key))?.service : key
      const service = name === undefined ? undefined : await serviceNamed(reads, name)
      if (service === undefined) return
      const found = await Promise.all(
        service.path.map((environment) => candidates(needs.engine, service, environment)),
      )
      for (const [i, environment] of service.path.entries())
        for (const release of found[i] ?? []) await planOnce(needs, service, environment, release)
    },
  })
}

/** Oldest first: where releases queue, that is their turn. */
async function candidates(
  { reads }: Engine,
  service: ServiceSpec,
  environment: string,
): Promise<readonly string[]> {
  const {
    row: held,
    place,
    policy,
    atTheDoor,
  } = await together({
    row: slotRow(reads, environment, service.name),
    place: environmentNamed(reads, environment),
    policy: policyByPlace(reads),
    atTheDoor: arrived({ reads }, service, environment),
  })
  const [slot, kind] = [held?.state, place?.kind]
  if (slot === undefined || slot.hold !== undefined || kind === undefined) return []
  const deployed = slot.settled && (await releaseNamed(reads, slot.settled.release))
  const eligible = atTheDoor
    .filter((release) => !isVetoed(release, environment))
    .filter((release) => release.createdAt > (deployed?.createdAt ?? 0))
    .sort((a, b) => a.createdAt - b.createdAt)
    .map(({ release }) => release)
  const { row } = policy({ tier: service.tier, environmentKind: kind })
  // Into an empty slot only the newest goes, whatever the queue: it has nothing to catch up with.
  return row.queue === 'queue' && slot.settled !== null ? eligible : eligible.slice(-1)
}

/** Releases that stand at the environment's door. */
async function arrived(
  { reads }: Pick<Engine, 'reads'>,
  service: ServiceSpec,
  environment: string,
): Promise<readonly ReleaseRow[]> {
  const before = service.path[service.path.indexOf(environment) - 1]
  if (before === undefined) return releasesOf(reads, service.name, RELEASES_MAX)
  const place = { service: service.name, environment: before }
  const { slot, validations } = await together({
    slot: slotRow(reads, before, service.name),
    validations: validationsIn(reads, place, RELEASES_MAX),
  })
  const bad = slot?.state.hold?.badRelease
  const validated = validations
    // That a rollback went well says nothing new about the release it went back to.
    .filter(({ kind, release }) => kind !== 'rollback' && release !== bad)
    .map(({ release }) => release)
  const rows = await Promise.all([...new Set(validated)].map((id) => releaseNamed(reads, id)))
  return rows.filter((row) => row !== undefined).filter((row) => !isVetoed(row, before))
}

/**
 * It had started, and a hotfix took its place: there is nothing wrong with it. Or it waited when
 * its release was vetoed, and whoever is asked about here is not vetoed any more.
 */
function mayGoAgain({ outcome, deployment, state }: PromotionRow): boolean {
  const hasMadeWay = outcome === 'superseded' && deployment !== null
  return hasMadeWay || (state.status === 'ended' && state.isVetoed === true)
}

async function planOnce(
  { engine, log, now }: RolloutNeeds,
  service: ServiceSpec,
  environment: string,
  release: string,
): Promise<void> {
  const place = { service: service.name, environment, release }
  const [known] = await promotionRows(engine.reads, { ...place, limit: 1 })
  if (known !== undefined && !mayGoAgain(known)) return
  // Named by what it is for: two that plan it at once plan one.
  const again = known === undefined ? '' : `\n${known.id}`
  const promotion = `prm_${sha256(`${environment}\n${release}${again}`).slice(0, 26)}`
  const by = { at: now(), by: SYSTEM.id }
  const done = await engine.execute(
    promotions,
    promotion,
    async ({ reads }) => {
      const priority = await priorityOf(reads, service, environment, release)
      const wish = { ...place, origin: 'automatic', requestedBy: SYSTEM.id, priority } as const
      const gathered = await gatherFacts(reads, wish, by.at)
      if ('missing' in gathered) return gone
      return planCommand(gathered, { promotion, origin: 'automatic', ...by })
    },
    { actor: SYSTEM },
  )
  if (done.rejected) log.info({ ...place, code: done.code }, 'not planned')
}

/** What was a hotfix in the environment before is one here: its hurry has not ended half way. */
async function priorityOf(
  reads: Engine['reads'],
  { name: service, path }: ServiceSpec,
  environment: string,
  release: string,
): Promise<'normal' | 'hotfix'> {
  const before = path[path.indexOf(environment) - 1]
  if (before === undefined) return 'normal'
  const place = { service, environment: before, release }
  const rows = await promotionRows(reads, { ...place, limit: RELEASES_MAX })
  const done = rows.find(({ outcome }) => outcome === 'succeeded')
  return done?.state.plan.priority === 'hotfix' ? 'hotfix' : 'normal'
}
