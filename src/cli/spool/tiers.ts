/**
 * What the server said last about going on without it. It is kept signed, so that nobody opens a
 * gate by editing a file, and for a while only: what is not known for sure is closed.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import canonicalize from 'canonicalize'
import type { DsseEnvelope } from '#kernel/record.ts'
import { readIfThere, replace } from './place.ts'
import type { Spool } from './spool.ts'

const TYPE = 'application/vnd.signalbox.unreachable+json'
/** A tier may have been raised since. */
export const REMEMBERED_MS = 7 * 24 * 60 * 60 * 1000
const SKEW_MS = 5 * 60 * 1000

export interface WithoutServer {
  readonly service: string
  readonly environment: string
  readonly tier: number
  readonly policy: string
  readonly sourceDown: 'closed' | 'open'
}

interface Remembered extends WithoutServer {
  readonly answeredAt: number
  /** The release that was asked about by name and not let through: a no outlives the server. */
  readonly notYet: string | null
}

export async function remember(
  spool: Spool,
  said: WithoutServer & Pick<Remembered, 'notYet'>,
  now: number,
): Promise<void> {
  const { service, environment, tier, policy, sourceDown, notYet } = said
  const kept = { service, environment, tier, policy, sourceDown, notYet, answeredAt: now }
  const envelope = spool.key.sign(TYPE, canonicalize(kept) ?? '')
  await replace(pathOf(spool, said), JSON.stringify(envelope))
}

/** Undefined: never heard, too long ago, or not as it was written. */
export async function recall(
  spool: Spool,
  place: { readonly service: string; readonly environment: string },
  now: number,
): Promise<Remembered | undefined> {
  const text = await readIfThere(pathOf(spool, place))
  const kept = text === undefined ? undefined : parse(spool, text)
  if (kept?.service !== place.service || kept.environment !== place.environment) return undefined
  const isRecent = kept.answeredAt > now - REMEMBERED_MS && kept.answeredAt <= now + SKEW_MS
  return isRecent ? kept : undefined
}

function parse(spool: Spool, text: string): Remembered | undefined {
  try {
    const signed = spool.key.read(TYPE, JSON.parse(text) as DsseEnvelope)
    return signed === undefined ? undefined : (JSON.parse(signed) as Remembered)
  } catch {
    return undefined
  }
}

function pathOf(
  { folder }: Spool,
  place: { readonly service: string; readonly environment: string },
): string {
  const name = JSON.stringify([place.service, place.environment])
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 24)
  return join(folder, 'gates', `${hash}.json`)
}
