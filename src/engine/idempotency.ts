/**
 * Retrying a command is harmless: the first to bring a key does the work, in its transaction;
 * whoever brings the same key again, even at the same moment, gets the same answer. Refusals are
 * not kept: a refused command did nothing, and trying again may go better.
 */
import type { Rejection } from '#kernel/decider.ts'
import type { Statement } from './batch.ts'
import { digestOf } from './ids.ts'
import type { Session } from './session.ts'
import type { Database } from './sql.ts'

interface Keyed {
  readonly actor: { readonly id: string }
  readonly idempotencyKey?: string | undefined
}

/** A key that somebody brings, and what they want done under it. */
export interface Claim {
  readonly key: string
  readonly digest: string
}

export function claimOf(request: Keyed, command: object, stream: string): Claim | undefined {
  if (request.idempotencyKey === undefined) return undefined
  const key = `${request.actor.id}\n${request.idempotencyKey.slice(0, KEY_MAX)}`
  // A command made of facts has no content yet; its stream must tell two apart.
  const content = typeof command === 'function' ? { stream } : { stream, ...timeless(command) }
  return { key, digest: digestOf(content) }
}

/** Changes one row when the key is ours to use, and none when somebody used it. */
export function claiming({ key, digest }: Claim): Statement {
  return {
    name: 'idempotency.claim',
    text: 'insert into idempotency(key, command) values ($1, $2) on conflict do nothing',
    values: [key, digest],
  }
}

/** The answer given before under this key, or the refusal of a key used for another. */
export async function earlierAnswer(session: Session, { key, digest }: Claim): Promise<object> {
  const { rows } = await session.query<{ command: string; answer: object }>({
    name: 'idempotency.earlier',
    text: 'select command, answer from idempotency where key = $1',
    values: [key],
  })
  const [earlier] = rows
  return earlier?.command === digest ? earlier.answer : reused
}

export function remembering({ key }: Claim, answer: object): Statement {
  return {
    name: 'idempotency.remember',
    text: 'update idempotency set answer = $2 where key = $1',
    values: [key, JSON.stringify(answer)],
  }
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

/** The instant is set by the server, anew at each try. */
function timeless(command: object): object {
  return { ...command, at: undefined }
}
