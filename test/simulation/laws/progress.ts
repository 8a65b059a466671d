/** Laws about time: everything that may end does so. */
import type { DeploymentBook } from '../ledger.ts'
import type { Judgement, Law, View } from './law.ts'

const MINUTE_MS = 60_000
/** Looks that come late, crashed holders, targets that were away. */
const SLACK_MS = 90 * MINUTE_MS
/** A step that does not prove itself is waited for so many bake times, then a person is asked. */
const PATIENCE_BAKES = 10

/** Since when nothing is in the way of this deployment; Infinity: something is. */
function freeSince(
  { ledger, now }: View,
  { start, pos, isPaused, movedAt }: DeploymentBook,
): number {
  if (isPaused) return Infinity
  if (start.kind === 'rollback') return movedAt
  const { hold, resumedAt = 0 } = ledger.slotOf(start) ?? {}
  if (hold !== undefined && hold.pos > pos) return Infinity
  if (ledger.freezesOf(start, now).length > 0) return Infinity
  const ends = [...ledger.freezes.values()]
    .map(({ liftedAt, endsAt }) => liftedAt ?? endsAt)
    .filter((end) => end <= now)
  return Math.max(movedAt, resumedAt, ...ends)
}

export const deploymentEnds: Law = {
  name: 'every deployment that nobody stops goes on within its bound',
  audit(view) {
    let judged: Judgement
    for (const id of view.ledger.moving) {
      const book = view.ledger.deployments.get(id)
      if (book === undefined) continue
      const { readyMs, bakeMs, steps, analysis } = book.start.plan
      const bakes = [bakeMs, analysis.tickMs, ...steps.map((step) => step.bakeMs)]
      const boundMs = Math.max(readyMs, PATIENCE_BAKES * Math.max(...bakes)) + SLACK_MS
      const stillMs = view.now - Math.max(freeSince(view, book), view.place.outageUntil)
      if (stillMs > boundMs) return `${id} stands still since ${stillMs} ms, for no reason`
      judged = true
    }
    return judged
  },
}

export const promotionEnds: Law = {
  name: 'a promotion that may start does, and one that nobody answers expires',
  audit({ ledger, now, apartSince }) {
    let judged: Judgement
    for (const id of ledger.waiting) {
      const book = ledger.promotions.get(id)
      if (book === undefined) continue
      const { verdict, judgedAt = now, rule, approvals, acceptance, askedAt } = book
      if (verdict?.verdict === 'allow' && now > judgedAt + SLACK_MS)
        return `${id} may start since ${now - judgedAt} ms, and does not`
      // Who accepts what nobody can undo has answered, as who approves has.
      const answers = [...approvals.values(), ...(acceptance === undefined ? [] : [acceptance])]
      const last = Math.max(askedAt, ...answers.map(({ at }) => at))
      if (rule.count > 0 && now > last + rule.expiresMs + SLACK_MS + apartSince(last))
        return `${id} was not answered for ${now - last} ms, and did not expire`
      judged = true
    }
    return judged
  },
}
