/** What ran together in an environment, and what a plan takes from it. */
import { environmentNamed, environments, services } from '#catalog/queries.ts'
import { digestOf } from '#engine/ids.ts'
import type { Reads } from '#engine/sql.ts'
import { policyFor } from '#gates/queries.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { Deployed, PromotionPlan } from '../events.ts'
import type { PlanSource } from '../events/plans.ts'
import type { VectorMember } from '../events/vectors.ts'
import { type PlanWish, planWish } from '../plans/commands.ts'
import { sorted, taking, whyUnproven } from '../plans/vector.ts'
import { plansOf, slotRows } from '../queries.ts'
import type { VectorRow } from '../views/vectors.ts'

export type { VectorRow } from '../views/vectors.ts'

const PAGE_MAX = 500
const tables = (reads: Reads) => reads.withTables<{ vectors: VectorRow }>()

/** Newest first. */
export async function vectorRows(
  reads: Reads,
  at: {
    readonly environment: string
    readonly digest?: string | undefined
    readonly limit: number
  },
): Promise<VectorRow[]> {
  let query = tables(reads)
    .selectFrom('vectors')
    .selectAll()
    .where('environment', '=', at.environment)
  if (at.digest !== undefined) query = query.where('digest', '=', at.digest)
  return query.orderBy('validatedAt', 'desc').limit(Math.min(at.limit, PAGE_MAX)).execute()
}

export interface VectorNow {
  readonly members: readonly VectorMember[]
  readonly digest: string
  readonly whyUnproven: string | undefined
}

/** All slots of the environment in one reading. */
export async function vectorNow(
  reads: Reads,
  environment: string,
  which: 'settled' | 'validated',
): Promise<VectorNow> {
  const rows = await slotRows(reads, { environment })
  const held = rows.flatMap(({ service, state }) => {
    const one = state[which]
    return one === null ? [] : [{ service, ...one }]
  })
  const plans = await plansOf(
    reads,
    held.map(({ deployment }) => deployment),
  )
  const members = sorted(held.map((one) => memberOf(one, plans.get(one.deployment))))
  return { members, digest: digestOf(members), whyUnproven: whyUnproven(rows) }
}

function memberOf(
  { service, release, version, artifact }: Deployed & { readonly service: string },
  plan: PromotionPlan | undefined,
): VectorMember {
  const { argv, health, env, replicas } = plan ?? {}
  return { service, release, version, artifact, config: digestOf({ argv, health, env, replicas }) }
}

/** The wish of a plan that takes what another environment ran. */
export async function vectorWish(
  reads: Reads,
  { from, to, vector: named }: { from: string; to: string; vector?: string | undefined },
): Promise<{ readonly wish: PlanWish; readonly source: PlanSource } | Rejection> {
  const known = (await environments(reads)).map(({ name }) => name)
  const stranger = [from, to].find((each) => !known.includes(each))
  if (stranger !== undefined) return unknownPlace(stranger, known)
  const [found] = await vectorRows(reads, { environment: from, digest: named, limit: 1 })
  const now = await vectorNow(reads, from, 'validated')
  const strict = await strictOnes(reads, to, now.members)
  const taken = taking({
    ...{ from, to, named, found, single: now.members, strict },
    whyUnproven: (await vectorNow(reads, from, 'settled')).whyUnproven,
  })
  if ('rejected' in taken) return taken
  const paths = new Map((await services(reads)).map((spec) => [spec.name, spec.path]))
  const going = taken.members.filter(({ service }) => paths.get(service)?.includes(to) === true)
  if (going.length === 0)
    return reject(
      'vector.off-path',
      `No service of ${from} has ${to} on its path.`,
      `Add ${to} to spec.path of the services that are to go there.`,
    )
  const items = going.map(({ service, release }) => ({ service, version: release }))
  const source: PlanSource = { kind: 'environment', environment: from, vector: taken.digest }
  return { wish: planWish.parse({ environment: to, items }), source }
}

async function strictOnes(reads: Reads, to: string, members: readonly VectorMember[]) {
  const kind = (await environmentNamed(reads, to))?.kind
  const tiers = new Map((await services(reads)).map((spec) => [spec.name, spec.tier]))
  const strict: { service: string; policy: string }[] = []
  for (const { service } of members) {
    const tier = tiers.get(service)
    if (kind === undefined || tier === undefined) continue
    const { row, policy } = await policyFor(reads, { tier, environmentKind: kind })
    if (row.memberwise !== true) strict.push({ service, policy })
  }
  return strict
}

function unknownPlace(name: string, known: readonly string[]): Rejection {
  const close = nearest(name, known)
  return reject(
    'environment.unknown',
    `There is no environment ${name}.`,
    close === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${close}?`,
  )
}
