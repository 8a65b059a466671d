/** What was released and has not arrived in a slot, and what keeps it. */
import type { Reads } from '#engine/sql.ts'
import { releaseNamed, releasesAfter } from '#releases/queries.ts'
import { decide } from '../decide.ts'
import type { Undelivered } from '../events.ts'
import { promotions, waitingPromotions } from '../queries.ts'
import type { SlotState } from '../slot.ts'
import { gatherFacts, isVetoed, wishOf } from './facts.ts'

interface Place {
  readonly service: string
  readonly environment: string
}

/** Null when everything has arrived that is wanted there. */
export async function oldestUndelivered(
  reads: Reads,
  { service, environment }: Place,
  { settled }: Pick<SlotState, 'settled'>,
): Promise<{ readonly oldest: Undelivered; readonly newest: string } | null> {
  const deployed = settled && (await releaseNamed(reads, settled.release))
  const after = await releasesAfter(reads, service, deployed?.createdAt ?? null)
  const wanted = after.filter((release) => !isVetoed(release, environment))
  const [first, last] = [wanted[0], wanted.at(-1)]
  if (first === undefined || last === undefined) return null
  const row = await releaseNamed(reads, first.release)
  const { sha = first.sha, subject = '' } = row?.commits[0] ?? {}
  const { release, version, createdAt } = first
  return { oldest: { release, version, createdAt, sha, subject }, newest: last.release }
}

/** The first unmet reason of the verdict on the newest; how it ended, when nothing is unmet. */
export async function whyUndelivered(
  reads: Reads,
  place: Place,
  newest: string,
  now: number,
): Promise<{ readonly code: string; readonly message: string }> {
  const waiting = await waitingPromotions(reads, place)
  const planned = waiting.findLast(({ release }) => release === newest)
  const wish =
    planned === undefined
      ? ({ ...place, release: newest, origin: 'automatic', requestedBy: 'system' } as const)
      : wishOf(planned.state)
  const gathered = await gatherFacts(reads, wish, now)
  if ('missing' in gathered)
    return { code: `${gathered.missing}.unknown`, message: `${gathered.name} is not there.` }
  const unmet = decide(gathered.facts, now).reasons.find(({ state }) => state !== 'met')
  if (unmet !== undefined) return { code: unmet.code, message: unmet.message }
  const [last] = await promotions(reads, { ...place, release: newest, limit: 1 })
  if (last?.outcome == null) return { code: 'promotion.none', message: 'Nobody has asked for it.' }
  return { code: `promotion.${last.outcome}`, message: `${last.outcome}: ${last.reason ?? ''}` }
}
