/**
 * Retrying a command is harmless: the first to bring a key does the work, in its transaction;
 * whoever brings the same key again, even at the same moment, gets the same answer. Refusals are
 * not kept: a refused command did nothing, and trying again may go better.
 */
import type { Rejection } from '#kernel/decider.ts'
import { digestOf } from './ids.ts'
import type { Connection, Database } from './sql.ts'

interface Keyed {
  readonly actor: { readonly id: string }
  readonly idempotencyKey?: string | undefined
}

/**
 * Undefined: ours to do. Otherwise the earlier answer, or the refusal of a key used for another.
 */
export async function claim(
  connection: Connection,
  request: Keyed,
  command: object,
  stream: string,
): Promise<object | undefined> {
  const key = keyOf(request)
  if (key === undefined) return undefined
  // A command made of facts has no content yet; its stream must tell two apart.
  const digest = digestOf(
    typeof command === 'function' ? { stream } : { stream, ...timeless(command) },
  )
  const { rowCount } = await connection.query({
    name: 'idempotency.claim',
    text: 'insert into idempotency(key, command) values ($1, $2) on conflict do nothing',
    values: [key, digest],
  })
  if (rowCount === 1) return undefined
  const { rows } = await connection.query<{ command: string; answer: object }>({
    name: 'idempotency.earlier',
    text: 'select command, answer from idempotency where key = $1',
    values: [key],
  })
  const earlier = rows[0]
  if (earlier === undefined || earlier.command !== digest) return reused
  return earlier.answer
}

export async function remember(
  connection: Connection,
  request: Keyed,
  answer: object,
): Promise<void> {
  const key = keyOf(request)
  if (key === undefined) return
  await connection.query({
    name: 'idempotency.remember',
    text: 'update idempotency set answer = $2 where key = $1',
    values: [key, JSON.stringify(answer)],
  })
}

/** How long a key is remembered: longer than any client retries. */
const REMEMBERED_HOURS = 48

export async function forgetOld(database: Database): Promise<void> {
  await database.query(
    'idempotency.forget',
    `delete from idempotency where at < clock_timestamp() - $1 * interval '1 hour'`,
    [REMEMBERED_HOURS],
  )
}

const reused: Rejection<'idempotency.key-reused'> = {
  rejected: true,
  code: 'idempotency.key-reused',
  message: 'This idempotency key was used for another command.',
  remedy: 'Use a new key for a new command; the old key answers only its own.',
}

// The 200 letters that a client may choose, and room for the number of a command in a list.
const KEY_MAX = 220

const keyOf = (request: Keyed) =>
  request.idempotencyKey === undefined
    ? undefined
    : `${request.actor.id}\n${request.idempotencyKey.slice(0, KEY_MAX)}`

/** The instant is set by the server, anew at each try. */
function timeless(command: object): object {
  return { ...command, at: undefined }
}
