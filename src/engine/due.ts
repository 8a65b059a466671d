/**
 * The due table: what to reconcile, and when. One row a key. Waking only ever moves a row earlier
 * and counts its generation up, so a wake-up during a run survives it; taking is a lease with a
 * fence, so a crashed holder is replaced and a late one recognised. Why not a queue library:
 * docs/adr/0004.
 */
import type { Statement } from './batch.ts'
import type { Database } from './sql.ts'

export interface Wake {
  readonly kind: string
  readonly key: string
  /** Left out: now. */
  readonly at?: number | undefined
}

export interface Taken {
  readonly kind: string
  readonly key: string
  readonly generation: number
  readonly fence: number
  readonly attempt: number
  /** For how long it had been due, or its last holder's lease been over. */
  readonly lateMs: number
}

/** Wakes outside a command. */
export async function wake(
  source: { query(statement: Statement): Promise<unknown> },
  wakes: readonly Wake[],
): Promise<void> {
  if (wakes.length > 0) await source.query(waking(wakes))
}

export function waking(wakes: readonly Wake[]): Statement {
  // One row a key, in one order: two commands that wake the same keys never wait in a circle.
  const earliest = new Map<string, Wake>()
  for (const each of wakes) {
    const name = `${each.kind}\n${each.key}`
    const known = earliest.get(name)
    if (known === undefined || (each.at ?? 0) < (known.at ?? 0)) earliest.set(name, each)
  }
  const sorted = [...earliest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
  return {
    name: 'due.wake',
    text: `insert into due(kind, key, due_at)
           select kind, key, coalesce(at, clock_timestamp())
           from unnest($1::text[], $2::text[], $3::timestamptz[]) as u(kind, key, at)
           on conflict (kind, key) do update
           set due_at = least(due.due_at, excluded.due_at), generation = due.generation + 1,
               attempt = case when due.dead then 0 else due.attempt end, dead = false`,
    values: [
      sorted.map((each) => each.kind),
      sorted.map((each) => each.key),
      sorted.map((each) => (each.at === undefined ? null : new Date(each.at))),
    ],
  }
}

/**
 * Takes what is due, at most `limits[kind]` of a kind, for `leaseMs`. The instant is asked for
 * once: compared with each row's anew it is no end for the index to stop at, and all that is due
 * some day is read at every look.
 */
export async function take(
  database: Database,
  owner: string,
  leaseMs: number,
  limits: ReadonlyMap<string, number>,
): Promise<readonly Taken[]> {
  return database.query<Taken & Record<string, unknown>>(
    'due.take',
    `with ready as materialized (
       select due.kind, due.key, since
       from unnest($1::text[], $2::int[]) as k(kind, room), lateral (
         select kind, key, greatest(due_at, lease_until) as since from due
         where due.kind = k.kind and not dead and due_at <= (select clock_timestamp())
           and (lease_until is null or lease_until < (select clock_timestamp()))
         order by due_at limit k.room for update skip locked) as due)
     update due set lease_until = clock_timestamp() + $4 * interval '1 ms', owner = $3,
       fence = nextval('due_fence'), attempt = attempt + 1
     from ready where due.kind = ready.kind and due.key = ready.key
     returning due.kind, due.key, generation, fence, attempt,
       extract(epoch from clock_timestamp() - since)::float8 * 1000 as "lateMs"`,
    [[...limits.keys()], [...limits.values()], owner, leaseMs],
  )
}

/** When the next row of these kinds falls due, in milliseconds from now by the database's clock. */
export async function nextDueIn(
  database: Database,
  kinds: readonly string[],
): Promise<number | undefined> {
  const rows = await database.query<{ in_ms: number | null }>(
    'due.next',
    `select extract(epoch from min(greatest(due_at, lease_until)) - clock_timestamp())::float8
       * 1000 as in_ms
     from due where kind = any($1) and not dead`,
    [kinds],
  )
  return rows[0]?.in_ms ?? undefined
}

/** Keeps the leases of what is still running; answers the fences that are still ours. */
export async function extend(
  database: Database,
  owner: string,
  leaseMs: number,
  fences: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await database.query<{ fence: number }>(
    'due.extend',
    `update due set lease_until = clock_timestamp() + $2 * interval '1 ms'
     where owner = $1 and fence = any($3::bigint[]) returning fence`,
    [owner, leaseMs, fences],
  )
  return new Set(rows.map((row) => row.fence))
}

/**
 * The run is over: gone, or due again at `at`; at once when it was woken meanwhile. `at` is by the
 * clock of whoever asks, and so is `now`; what lies between them is what counts. Taken as an
 * instant of the database's clock, a server that is behind would be handed the same key again and
 * again.
 */
export async function settle(
  database: Database,
  taken: Taken,
  next: {
    readonly at?: number | undefined
    /** Left out: this machine's clock. */
    readonly now?: number
    readonly error?: string
    readonly dead?: boolean
  },
): Promise<void> {
  const failed = next.error !== undefined
  await database.query(
    'due.settle',
    `with gone as (
       delete from due where kind = $1 and key = $2 and fence = $3 and generation = $4
         and $5::float8 is null and not $6 returning 1)
     update due set lease_until = null, owner = null,
       due_at = case when generation = $4
         then coalesce(clock_timestamp() + $5 * interval '1 ms', due_at) else due_at end,
       attempt = case when $6 then attempt else 0 end,
       last_error = $7, dead = $8 and generation = $4
     where kind = $1 and key = $2 and fence = $3 and not exists (select from gone)`,
    [
      taken.kind,
      taken.key,
      taken.fence,
      taken.generation,
      next.at === undefined ? null : next.at - (next.now ?? Date.now()),
      failed,
      next.error ?? null,
      next.dead ?? false,
    ],
  )
}

export interface DeadLetter {
  readonly kind: string
  readonly key: string
  readonly attempt: number
  readonly last_error: string
}

/** What was given up; a person looks at it, and any new wake-up tries again. */
export async function deadLetters(database: Database): Promise<readonly DeadLetter[]> {
  return database.query<DeadLetter & Record<string, unknown>>(
    'due.dead',
    'select kind, key, attempt, last_error from due where dead order by kind, key limit 200',
  )
}
