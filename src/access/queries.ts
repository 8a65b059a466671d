/** Who is who: the questions other rooms ask about actors. */
import type { Reads } from '#engine/sql.ts'
import type { Actor } from '#kernel/actor.ts'
import { sql } from 'kysely'
import type { TokenUse } from './events.ts'
import type { ActorRow, GrantUseRow, TokenRow } from './views.ts'

export type { ActorRow } from './views.ts'

const tables = (reads: Reads) => reads.withTables<{ actors: ActorRow; tokens: TokenRow }>()

/** When each role of each actor was last used, to the day; those that never were are left out. */
export async function grantUses(reads: Reads): Promise<GrantUseRow[]> {
  return reads
    .withTables<{ grant_uses: GrantUseRow }>()
    .selectFrom('grant_uses')
    .selectAll()
    .orderBy('actor')
    .orderBy('role')
    .limit(GRANTS_MAX)
    .execute()
}
const GRANTS_MAX = 30_000

/** People who may do everything, beside this one. */
export async function otherAdmins(reads: Reads, actor: string): Promise<number> {
  const rows = await actors(reads)
  return rows.filter((row) => row.id !== actor && row.kind === 'person' && isAdmin(row)).length
}
const isAdmin = ({ roles }: ActorRow) => roles.includes('admin')

/** More than an organisation has; a page of the list, not a promise. */
const ACTORS_MAX = 5_000

export async function actorNamed(reads: Reads, id: string): Promise<ActorRow | undefined> {
  return tables(reads).selectFrom('actors').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function actors(reads: Reads): Promise<ActorRow[]> {
  return tables(reads).selectFrom('actors').selectAll().orderBy('id').limit(ACTORS_MAX).execute()
}

/** More accounts of one person than these are no one person. */
const ACCOUNTS_HOPS_MAX = 10

/** All accounts of the persons who have written under one of these git identities. */
export async function accountsOfPersons(
  reads: Reads,
  emails: readonly string[],
): Promise<ActorRow[]> {
  let known = await actorsWithEmails(reads, emails)
  for (let hops = 0; hops < ACCOUNTS_HOPS_MAX; hops++) {
    const all = [...new Set(known.flatMap((row) => row.emails))]
    const more = await actorsWithEmails(reads, all)
    if (more.length === known.length) break
    known = more
  }
  return known
}

/** Other accounts of whoever holds this one. */
export async function otherAccounts(reads: Reads, id: string): Promise<readonly string[]> {
  const { emails = [] } = (await actorNamed(reads, id)) ?? {}
  const rows = await accountsOfPersons(reads, emails)
  return rows.map((row) => row.id).filter((other) => other !== id)
}

/** Everyone who has written under one of these git identities. */
export async function actorsWithEmails(
  reads: Reads,
  emails: readonly string[],
): Promise<ActorRow[]> {
  if (emails.length === 0) return []
  return tables(reads)
    .selectFrom('actors')
    .selectAll()
    .where(sql<boolean>`emails && ${[...emails]}::text[]`)
    .orderBy('id')
    .execute()
}

export interface SignedIn extends Actor {
  readonly name: string
  readonly teams: readonly string[]
  /** The token's id. */
  readonly token: string
  /** The one that the token is good for; null: any. */
  readonly service: string | null
}

/** Who holds the token with this SHA-256 now; one that is good for one use is good for no other. */
export async function actorOfToken(
  reads: Reads,
  hash: string,
  now: number,
  use?: TokenUse,
): Promise<SignedIn | undefined> {
  return tables(reads)
    .selectFrom('tokens')
    .innerJoin('actors', 'actors.id', 'tokens.actor')
    .select(['actors.id', 'actors.kind', 'actors.name', 'actors.teams', 'actors.roles'])
    .select(['tokens.token', 'tokens.service'])
    .where('tokens.hash', '=', hash)
    .where(sql<boolean>`tokens.expires_at > ${new Date(now)}`)
    .where(sql<boolean>`tokens.use is not distinct from ${use ?? null}`)
    .executeTakeFirst()
}

export interface Subscription {
  readonly id: string
  readonly expiresAt: number
}

/** Addresses of calendars that this actor holds. */
export async function subscriptionsOf(
  reads: Reads,
  actor: string,
  now: number,
): Promise<Subscription[]> {
  return tables(reads)
    .selectFrom('tokens')
    .select(['token as id', 'expires_at as expiresAt'])
    .where('actor', '=', actor)
    .where('use', '=', 'calendar')
    .where(sql<boolean>`expires_at > ${new Date(now)}`)
    .orderBy('token')
    .execute()
}
