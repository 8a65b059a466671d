/** Laws about approvals. */
import { holds, type Law, only } from './law.ts'

const namesOf = (
  emails: ReadonlySet<string>,
  people: ReadonlyMap<string, { readonly emails: readonly string[] }>,
) =>
  [...people].flatMap(([id, person]) => (person.emails.some((each) => emails.has(each)) ? id : []))

export const notOneself: Law = {
  name: 'nobody approves what they wrote or asked for',
  said(said, { ledger }) {
    const approved = only(said, 'promotion.approved')
    const started = only(said, 'promotion.started')
    const promotion = ledger.promotions.get(said.id)
    if (promotion === undefined || (approved === undefined && started === undefined))
      return undefined
    const { release, by: requester } = promotion.plan
    const settled = ledger.slotOf(promotion.plan)?.settledRelease
    const authors = namesOf(ledger.handsIn(settled, release), ledger.people)
    if (approved !== undefined) {
      const isExcluded = promotion.rule.excluded.some(({ actor }) => actor === approved.by)
      const isTheirs = approved.by === requester || isExcluded
      return holds(!isTheirs, `${approved.by} approved ${said.id}, which they had a hand in`)
    }
    if (promotion.rule.count === 0) return undefined
    // The one moment that counts: what is new here may be more than it was when they said yes.
    const counted = [...promotion.approvals.keys()]
    const strangers = counted.filter((each) => each !== requester && !authors.includes(each))
    return holds(
      strangers.length >= promotion.rule.count,
      `${said.id} started on the word of ${counted.join(', ')}; ${authors.join(', ')} wrote it`,
    )
  },
}

export const boundToPlan: Law = {
  name: 'no approval outlives its plan',
  said(said, { ledger, apartSince }) {
    const started = only(said, 'promotion.started')
    const promotion = ledger.promotions.get(said.id)
    if (started === undefined || promotion === undefined) return undefined
    const { rule, planHash, approvals } = promotion
    if (rule.count === 0) return undefined
    const standing = [...approvals].filter(
      ([by, { planHash: signed, at }]) =>
        signed === planHash &&
        started.at < at + rule.expiresMs + apartSince(at) &&
        (ledger.people.get(by)?.roles ?? []).some(
          (role) => role === 'approver' || role === 'admin',
        ),
    )
    return holds(
      standing.length >= rule.count,
      `${said.id} started on ${standing.length} of ${rule.count} approvals of its plan`,
    )
  },
}
