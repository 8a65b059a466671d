/** Who asks with a token that reports and does nothing else. */
import { sql } from 'kysely'
import type { Reads } from '#engine/sql.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Vouched } from '../events/foreign.ts'
import type { ReporterRow } from '../views/reporters.ts'

export interface Reporter {
  readonly actor: Actor
  /** Undefined: a token of an account, for whom nobody signed. */
  readonly vouched?: Vouched | undefined
  /** Of a token that is good for one service alone. */
  readonly service?: string | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    reporter?: Reporter
  }
  interface FastifyContextConfig {
    /** Answers to tokens that report, and to no other. */
    reports?: boolean
  }
}

export async function reporterOf(
  reads: Reads,
  hash: string,
  now: number,
): Promise<Reporter | undefined> {
  const row = await reads
    .withTables<{ reporters: ReporterRow }>()
    .selectFrom('reporters')
    .selectAll()
    .where('hash', '=', hash)
    .where(sql<boolean>`expires_at > ${new Date(now)}`)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return { actor: { id: row.by, kind: 'service-account', roles: ['runner'] }, vouched: row.vouched }
}
