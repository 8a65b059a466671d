/**
 * Whether it is known who wrote what is new. Of a very long range only the newest commits are read,
 * and an author of the others would pass for somebody who had no hand in it. Then no approval is
 * worth anything, which is said as a failed check: like any other it may be waived, by two people.
 */
import type { Check } from '#gates/events.ts'
import { waivedUntil } from '#gates/queries.ts'
import { areCommitsKnown } from '#releases/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { formatDuration } from '#kernel/duration.ts'
import type { ApprovalRule } from '../events.ts'
import type { SlotState } from '../slot.ts'

export const AUTHORS_CHECK = 'separation-of-duties'

/** Nothing when all authors are known, or nobody is asked to approve. */
export async function authorsCheck(
  reads: Reads,
  at: {
    readonly service: { readonly name: string }
    readonly release: string
    readonly artifact: string
    readonly rule: ApprovalRule
    readonly policy: string
    readonly slot: Pick<SlotState, 'settled'>
    readonly now: number
  },
): Promise<readonly Check[]> {
  const { service, release, artifact, rule, policy, now } = at
  if (rule.count === 0 && rule.ownersMin === 0) return []
  const since = at.slot.settled?.release ?? null
  if (await areCommitsKnown(reads, service.name, since, release)) return []
  const until = await waivedUntil(reads, { check: AUTHORS_CHECK, artifact, now })
  const message = 'It brings too many commits to know all their authors, who may not approve it.'
  const failed: Check = {
    name: AUTHORS_CHECK,
    state: 'failed',
    message,
    remedy:
      'Release in smaller steps; or let somebody who wrote none of it read it, and have a ' +
      `waiver of ${AUTHORS_CHECK} requested and approved.`,
    policy,
  }
  if (until === undefined) return [failed]
  const waived = `${message} Waived for another ${formatDuration(until - now)}.`
  return [{ ...failed, state: 'waived', message: waived }]
}
