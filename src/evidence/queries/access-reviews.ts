/** Access reviews, and the grants that a new one would be about. */
import { sql } from 'kysely'
import { actors, grantUses } from '#access/queries.ts'
import { services } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import type { ReviewedGrant } from '../events/access-reviews.ts'
import type { AccessReviewRow } from '../views/access-reviews.ts'
import type { HappeningRow } from '../views.ts'

export type { AccessReviewRow } from '../views/access-reviews.ts'

/** Of one review: who has more to decide on decides on nothing. */
export const GRANTS_MAX = 2_000

const tables = (reads: Reads) =>
  reads.withTables<{ access_reviews: AccessReviewRow; happenings: HappeningRow }>()

export async function accessReviewNamed(
  reads: Reads,
  id: string,
): Promise<AccessReviewRow | undefined> {
  return tables(reads)
    .selectFrom('access_reviews')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Newest first. */
export async function accessReviewsIn(
  reads: Reads,
  at: { readonly open?: boolean | undefined; readonly limit: number },
): Promise<AccessReviewRow[]> {
  let query = tables(reads).selectFrom('access_reviews').selectAll()
  if (at.open !== undefined) query = query.where('status', at.open ? '=' : '!=', 'open')
  return query.orderBy('startedAt', 'desc').orderBy('id').limit(Math.min(at.limit, 500)).execute()
}

/** When each team was last looked at. */
export async function lastReviews(reads: Reads): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ team: string; at: number }>`
    select team, max("startedAt") as at from access_reviews group by team limit 10000`.execute(
    reads,
  )
  return new Map(rows.map(({ team, at }) => [team, at]))
}

/** Owners and tiers of services, with when each service came. */
export async function ownedServices(reads: Reads) {
  const came = await tables(reads)
    .selectFrom('happenings')
    .select(['thing', 'at'])
    .where('type', '=', 'service.registered')
    .execute()
  const since = new Map(came.map(({ thing, at }) => [thing, at]))
  return (await services(reads)).map(({ name, owner, tier }) => ({
    owner,
    tier,
    since: since.get(name) ?? 0,
  }))
}

/** What people of a team hold; `*`: those who are in no team that owns a service. */
export async function grantsOf(
  reads: Reads,
  team: string,
  own: readonly string[],
): Promise<{ readonly grants: readonly ReviewedGrant[]; readonly teams: readonly string[] }> {
  const [all, uses, owned] = await Promise.all([actors(reads), grantUses(reads), services(reads)])
  const lastUsed = new Map(uses.map((use) => [`${use.actor} ${use.role}`, use.last_used_at]))
  const owning = new Set(owned.map(({ owner }) => owner))
  const theirs = all.filter(({ teams }) =>
    team === '*' ? !teams.some((each) => owning.has(each)) : teams.includes(team),
  )
  const grants = theirs.flatMap(({ id: actor, kind, name, teams, roles }) =>
    roles.map((role): ReviewedGrant => {
      const lastUsedAt = lastUsed.get(`${actor} ${role}`) ?? null
      const isOwn = own.includes(actor)
      return { actor, kind, name, teams, role, lastUsedAt, ...(isOwn && { isOwn }) }
    }),
  )
  return { grants: grants.slice(0, GRANTS_MAX), teams: [...new Set(all.flatMap((r) => r.teams))] }
}
